import { upgrades } from "../../edge-agents/upgrade/upgrade.ts";
import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import type { Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { eventually } from "../support/eventually.ts";
import { testImage } from "./agent-parts.ts";
import { describeOnKubernetes, openClient, testNamespace } from "./support.ts";

interface Deployment extends KubernetesObject {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } } };
  readonly status?: { readonly readyReplicas?: number; readonly updatedReplicas?: number; readonly replicas?: number };
}
const day = 24 * 3_600_000;
const patience = 11 * 60_000;

describeOnKubernetes("the agents' own Deployment", () => {
  let client: Client;
  let space: Awaited<ReturnType<typeof testNamespace>>;
  const own = testImage.slice(testImage.lastIndexOf(":") + 1);
  const stem = testImage.slice(0, -own.length);
  const labels = { app: "agents" };
  const ref = () => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "pluvia-agents", namespace: space.namespace },
  });
  const deployment = async () => (await client.get<Deployment>(ref())) as Deployment;
  const imageOf = (d: Deployment) => d.spec.template.spec.containers[0]?.image;
  const notesOf = (d: Deployment) =>
    Object.fromEntries(
      Object.entries(d.metadata.annotations ?? {})
        .filter(([key]) => key.startsWith("pluvia.io/"))
        .map(([key, value]) => [key.slice("pluvia.io/upgrade-".length), value]),
    );
  const isWhole = async () => {
    const { status } = await deployment();
    return [status?.replicas, status?.updatedReplicas, status?.readyReplicas].every((count) => count === 2);
  };
  const pods = async () =>
    (await client.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace: space.namespace, labels })).items;
  const setUp = () => {
    const clock = steppedClock(Date.now());
    const parts = { client, namespace: space.namespace, dataCenter: "dc_1", own, clock, log: () => {} };
    return { clock, ...upgrades(parts) };
  };

  beforeAll(async () => {
    client = openClient();
    space = await testNamespace("upgrade");
    const container = { name: "agents", image: testImage, command: ["sleep", "10000"] };
    const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } };
    const strategy = { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } };
    await client.create({
      ...ref(),
      spec: { replicas: 2, selector: { matchLabels: labels }, strategy, template },
    } as KubernetesObject);
    await eventually("both replicas are ready", isWhole);
  });
  afterAll(async () => {
    await space?.remove();
    client?.transport.close();
  });

  test("goes to the version that is wanted, keeps the replicas before while the new ones do not start, and goes back by itself", async () => {
    const before = (await pods()).map((pod) => pod.metadata.uid);
    const { clock, heard, look } = setUp();
    heard("none-such");
    await clock.advance(day);
    await look();
    expect(imageOf(await deployment())).toBe(`${stem}none-such`);
    expect(notesOf(await deployment())).toEqual({ from: testImage, since: clock.now().toISOString() });
    await eventually("a replica of the new image does not start", async () => (await pods()).length === 3);
    await look();
    expect(imageOf(await deployment())).toBe(`${stem}none-such`);
    await clock.advance(patience);
    await look();
    expect(imageOf(await deployment())).toBe(testImage);
    // The counts in its status may still be those of before.
    await eventually("the replica of the new image is gone", async () => (await pods()).length === 2);
    expect((await pods()).map((pod) => pod.metadata.uid).sort()).toEqual([...before].sort());
    await eventually("all is as before", isWhole);
    await look();
    expect(notesOf(await deployment())).toEqual({ refused: `${stem}none-such`, "refused-at": clock.now().toISOString() });
    expect(imageOf(await deployment())).toBe(testImage);
  });

  test("is done with it once all replicas are new, and the platform has heard of one", async () => {
    const annotations = { "pluvia.io/upgrade-from": `${stem}before`, "pluvia.io/upgrade-since": new Date().toISOString() };
    const { metadata } = ref();
    const template = { spec: { containers: [{ name: "agents", image: testImage }] } };
    await client.apply({ ...ref(), metadata: { ...metadata, annotations }, spec: { template } } as KubernetesObject);
    const { heard, look } = setUp();
    await look();
    expect(notesOf(await deployment())).toMatchObject({ from: `${stem}before` });
    heard(null);
    await eventually("it is noted no more", async () => {
      await look();
      return Object.keys(notesOf(await deployment())).length === 0;
    });
    expect(imageOf(await deployment())).toBe(testImage);
    expect(await isWhole()).toBe(true);
  });
});
