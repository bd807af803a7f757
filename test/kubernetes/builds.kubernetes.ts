import { afterAll, describe, expect, test } from "@jest/globals";
import { kubernetesBuilds } from "../../shared/adapters/kubernetes/builds.ts";
import { buildJobName, type BuildsContext } from "../../shared/adapters/kubernetes/render/build-job.ts";
import type { ClusterEvent, Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { BuildOrder } from "../../shared/contract/agent.ts";
import { buildRunnerSuite } from "../contract/build-runner.suite.ts";
import { orderFor } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";
import { testImage } from "./agent-parts.ts";
import { describeOnKubernetes, openClient, unique } from "./support.ts";

/** Stands for the builder: notes what it was given, and ends by itself when its order is one of a check. */
const program = `
test -n "$PLUVIA_BUILD_TOKEN" || exit 3
case "$PLUVIA_ORDER_URL" in */chk_*) exit 0;; esac
trap 'exit 1' TERM
while true; do sleep 0.1; done`;
const platform = { url: "http://127.0.0.1:1" } as Parameters<typeof orderFor>[0];
const order = (given: Partial<BuildOrder> = {}): BuildOrder =>
  orderFor(platform, { source: { kind: "git", url: "https://example.com/a.git" }, ...given });
const ending = (): BuildOrder => {
  const { id, ...rest } = order();
  return { ...rest, mode: "check", id: id.replace("bld", "chk") as BuildOrder["id"] };
};

const namespaceRef = { apiVersion: "v1", kind: "Namespace" };

describeOnKubernetes("builds as jobs", () => {
  const client = openClient();
  const context: BuildsContext = {
    namespace: `builds-${unique()}`,
    image: testImage,
    command: ["/bin/sh", "-c", program],
    podSecurity: "restricted",
    memoryMib: 64,
    cpuMillis: 100,
    diskMib: 64,
    jobsMax: 3,
    reach: [],
  };
  const { namespace } = context;
  const runner = kubernetesBuilds({ client, context, clock: systemClock() });
  const podsOf = async (of: BuildOrder) => {
    const labels = { "job-name": buildJobName(of) };
    return (await client.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace, labels })).items;
  };
  const begun = (of: BuildOrder) =>
    eventually("the builder runs", async () => (await podsOf(of))[0]?.status?.phase === "Running").then(() => undefined);
  afterAll(async () => {
    await client.remove({ ...namespaceRef, metadata: { name: namespace } }, { propagation: "Background" });
    client.transport.close();
  });

  buildRunnerSuite(
    "jobs of Kubernetes",
    async () => ({
      runner,
      lasting: order,
      ending,
      begun,
      ended: (of) =>
        eventually("it ended", async () => (await runner.observe(buildJobName(of))) !== "running").then(() => undefined),
      stop: async () => {},
      starts: async (of) => (await podsOf(of)).length,
      close: async () => {},
    }),
    { outlive: true },
  );

  describe("W6: a builder in a cluster", () => {
    test("has no rights, no account's token, no privileges, and a file system that it cannot write", async () => {
      const asked = order();
      await runner.start(asked);
      await begun(asked);
      const [pod] = await podsOf(asked);
      expect(pod?.spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
        containers: [
          { securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } } },
        ],
      });
      expect(JSON.stringify(pod)).not.toContain(asked.token);
      await runner.cancel(buildJobName(asked));
    });

    test("goes with its token when it is cancelled", async () => {
      const asked = order();
      const handle = await runner.start(asked);
      const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: handle, namespace } };
      expect(await client.get(secret)).not.toBeNull();
      await begun(asked);
      await runner.cancel(handle);
      await eventually("nothing is left", async () => (await client.get(secret)) === null && (await podsOf(asked)).length === 0);
    });

    test("that fails without a word is lost; another attempt is another job", async () => {
      const first = order({ token: "" });
      const handle = await runner.start(first);
      await eventually("it is lost", async () => (await runner.observe(handle)) === "lost");
      const second = await runner.start({ ...first, attempt: 2, token: "t" });
      expect(second).not.toBe(handle);
      await begun({ ...first, attempt: 2 });
      await runner.cancel(second);
    });

    test("waits while the cluster's share for builds is used up", async () => {
      const narrow = { ...context, namespace: `builds-${unique()}`, jobsMax: 1 };
      const one = kubernetesBuilds({ client, context: narrow, clock: systemClock() });
      const kinds = { pods: { apiVersion: "v1", kind: "Pod" }, events: { apiVersion: "v1", kind: "Event" } };
      const handle = await one.start(order());
      const pods = async () => (await client.list<Pod>(kinds.pods, { namespace: narrow.namespace })).items;
      await eventually("the first runs", async () => (await pods())[0]?.status?.phase === "Running");
      const second = await one.start(order());
      await eventually("the second is refused", async () => {
        const { items } = await client.list<ClusterEvent>(kinds.events, { namespace: narrow.namespace });
        return items.some((e) => e.involvedObject?.name === second && /exceeded quota/.test(e.message ?? ""));
      });
      expect(await pods()).toHaveLength(1);
      expect(await one.observe(second)).toBe("running");
      await one.cancel(handle);
      await client.remove({ ...namespaceRef, metadata: { name: narrow.namespace } }, { propagation: "Background" });
    });
  });
});
