import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubernetesObject, ObjectRef } from "../../shared/adapters/kubernetes/object.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import type { Deployment } from "../../shared/adapters/kubernetes/shapes.ts";
import type { Component } from "../../shared/contract/component.ts";
import type { DataCenter } from "../../shared/contract/data-center.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import { joinNamespace } from "../../shared/domain/data-center.ts";
import { act, ended, httpPort } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { eventually } from "../support/eventually.ts";
import { type AgentsProcess, type JoinedCluster, joinCluster, startAgents } from "./agents.ts";
import { testImage } from "./agent-parts.ts";
import { hurriedClock, type Pace } from "./hurried.ts";
import { type Line, line } from "./line.ts";
import { load } from "./load.ts";
import { describeOnKubernetes, page } from "./support.ts";

const kubeconfig = process.env.PLUVIA_TEST_KUBECONFIG ?? "";
const hourMs = 3_600_000;
/** An hour takes two minutes. */
const hurry = 30;
const program = "test/kubernetes/hurried-agents.ts";

interface Any extends KubernetesObject {
  readonly spec: { readonly holderIdentity?: string; readonly clusterIP?: string; readonly replicas?: number };
}

/*
 * P6: the platform is out of reach for an hour of the agents' clock, which begins an hour behind and hurries until it has caught up. Two
 * replicas of the agents as they are, with the chart's rights; the cluster, the platform and what runs are real.
 */
describeOnKubernetes("a cluster whose platform is away for an hour", () => {
  const disk = mkdtempSync(join(tmpdir(), "pluvia-outage-"));
  const clock = hurriedClock({ at: Date.now() - hourMs, factor: 1 });
  let platform: Platform;
  let call: Awaited<ReturnType<typeof signUp>>["call"];
  let wire: Line;
  let cluster: JoinedCluster;
  let second: AgentsProcess;
  let application: { id: string };
  let web: Component;
  let shelf: Component;
  let old: Component;
  let asking: ReturnType<typeof load> | undefined;

  const pace = (factor: number): Pace => ({ at: clock.now().getTime(), factor });
  const env = () => ({ PLUVIA_POD_SECURITY: "baseline", PLUVIA_TEST_PACE: JSON.stringify(pace(1)) });
  const go = (told: Pace) => {
    clock.set(told);
    for (const { child } of [cluster.agents, second]) if (child.connected) child.send(told);
  };
  const create = (name: string, configuration: object = {}) =>
    call<Component>("POST", `/v1/applications/${application.id}/components`, {
      name,
      source: { kind: "image", image: testImage },
      dataCenter: cluster.dataCenter.id,
      configuration: {
        ports: [httpPort],
        command: page(name),
        resources: { memoryMib: 64, cpuMillis: 200 },
        requests: { memoryMib: 16, cpuMillis: 10 },
        ...configuration,
      },
    });
  const namespace = () => `tnt-${String(web.tenant).replace(/^tnt_/, "")}`;
  const ref = (apiVersion: string, kind: string, { id }: Component): ObjectRef => ({
    apiVersion,
    kind,
    metadata: { name: id.replace("_", "-"), namespace: namespace() },
  });
  const of = async (kind: string, apiVersion: string, component: Component) =>
    (await cluster.ours(kind, apiVersion)).filter((each) => each.metadata.labels?.[labels.component] === component.id);
  const livingOf = async (component: Component) =>
    (await of("Pod", "v1", component)).filter((pod) => !("deletionTimestamp" in pod.metadata)).map((pod) => pod.metadata.uid);
  const leader = async () => {
    const metadata = { name: "pluvia-agents", namespace: joinNamespace };
    const lease = await cluster.client.get<Any>({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata });
    return lease?.spec.holderIdentity ?? "";
  };
  const leads = (name: string) => eventually(`${name} leads`, async () => (await leader()).startsWith(`${name}-`));
  const replica = (name: string, home?: string) =>
    startAgents(cluster.client, {
      kubeconfig,
      cloudUrl: `http://127.0.0.1:${wire.port}`,
      joinToken: "",
      program,
      ...(home && { home }),
      env: { ...env(), PLUVIA_REPLICA: name },
    });

  beforeAll(async () => {
    platform = await startPlatform();
    ({ call } = await signUp(platform.url));
    wire = await line(platform.port);
    cluster = await joinCluster(
      { url: platform.url, call },
      {
        name: "outage",
        kubeconfig,
        cloudUrl: `http://127.0.0.1:${wire.port}`,
        program,
        home: disk,
        env: { ...env(), PLUVIA_REPLICA: "first" },
      },
    );
    second = await replica("second");
    await second.ready();
    application = await call("POST", "/v1/applications", { name: "shop" });
    const deployed = async (name: string, configuration?: object) =>
      act(call, (await create(name, configuration)).id, "deploy", {});
    web = await deployed("web", { replicas: 2 });
    shelf = await deployed("shelf");
    old = await deployed("old");
  });
  afterAll(async () => {
    await asking?.stop();
    await second?.kill();
    await cluster?.leave();
    wire?.close();
    await platform?.stop();
    if (platform) await removeHome(platform.home);
    rmSync(disk, { recursive: true, force: true });
  });

  test("P6: nothing is lost, doubled or orphaned, no request fails, and what was asked for meanwhile arrives", async () => {
    const service = await cluster.client.get<Any>(ref("v1", "Service", web));
    asking = load(
      [
        { name: "address", host: String(service?.spec.clusterIP), port: httpPort.port },
        { name: "gateway", host: "127.0.0.1", port: second.gatewayPort, headers: { host: new URL(String(web.url)).host } },
      ],
      10,
    );
    const before = await livingOf(web);
    expect(before).toHaveLength(2);
    const spentBearer = wire.bearer();
    await leads("first");
    wire.cut();
    let fresh: Component | undefined;
    const asked: Operation[] = [];
    const ask = async (method: string, path: string, body?: unknown) =>
      asked.push(
        await call<Operation | { operation: Operation }>(method, path, body).then((a) => ("operation" in a ? a.operation : a)),
      );
    try {
      // People go on: what they ask for waits for the data center.
      await ask("POST", `/v1/components/${web.id}/scale`, { replicas: 3 });
      await ask("DELETE", `/v1/components/${old.id}`);
      fresh = await create("fresh");
      await ask("POST", `/v1/components/${fresh.id}/deploy`, {});
      await platform.kill();

      go(pace(hurry));
      await eventually("a third of the hour is over", () => clock.now().getTime() > Date.now() - (hourMs * 2) / 3);
      go(pace(1));
      // The leader is killed: the other replica, which has never heard what is wanted, puts right what somebody breaks.
      await cluster.agents.kill();
      await leads("second");
      await cluster.client.remove(ref("apps/v1", "Deployment", shelf), { propagation: "Background" });
      await eventually("the Deployment is back", async () => (await of("Deployment", "apps/v1", shelf)).length === 1);
      await cluster.client.transport.json({
        method: "PATCH",
        path: `/apis/apps/v1/namespaces/${namespace()}/deployments/${ref("", "", web).metadata.name}`,
        contentType: "application/merge-patch+json",
        query: { fieldManager: "kubectl-edit" },
        body: { spec: { replicas: 4 } },
      });
      await eventually("there are two again", async () => {
        const deployment = await cluster.client.get<Deployment>(ref("apps/v1", "Deployment", web));
        return deployment?.spec.replicas === 2 && (await livingOf(web)).length === 2;
      });

      // The killed one starts from its disk, and leads once the other one has been held up for longer than a lease.
      cluster.agents = await replica("first", disk);
      await cluster.agents.ready();
      second.child.kill("SIGSTOP");
      go(pace(hurry));
      await leads("first");
      second.child.kill("SIGCONT");
      go(pace(1));
      for (const object of [...(await of("Secret", "v1", shelf)), ref("apps/v1", "Deployment", shelf)])
        await cluster.client.remove(object, { propagation: "Background" });
      await eventually("all of it is back", async () => {
        const found = await Promise.all([of("Secret", "v1", shelf), of("Deployment", "apps/v1", shelf)]);
        return found.every((list) => list.length > 0) && (await livingOf(shelf)).length === 1;
      });

      go(pace(hurry));
      await eventually("the hour is over", () => clock.now().getTime() >= Date.now());
      // Away, it was asked neither in a storm nor never.
      expect(wire.refused()).toBeGreaterThan(60);
      expect(wire.refused()).toBeLessThan(3_600);
      expect(await Promise.all([web, shelf, old].map(async (each) => (await livingOf(each)).length))).toEqual([2, 1, 1]);
    } finally {
      go({ at: Date.now(), factor: 1 });
      platform = await startPlatform({ home: platform.home, port: platform.port });
      wire.mend();
    }
    const ends = await Promise.all(asked.map(({ id }) => ended(call, id)));
    expect(ends.map((end) => end.state)).toEqual(["succeeded", "succeeded", "succeeded"]);
    // What the agent had signed before is worth nothing by now: it has signed anew.
    expect(spentBearer).not.toBe("");
    const status = (bearer: string) =>
      fetch(`${platform.url}/v1/agent/desired?cursor=0`, { headers: { authorization: `Bearer ${bearer}` } }).then(
        (a) => a.status,
      );
    expect(await status(wire.bearer())).toBe(200);
    expect(await status(spentBearer)).toBe(401);

    await asking.stop();
    expect(asking.failures).toEqual([]);
    expect([...asking.answers]).toEqual(["web"]);

    expect(await call("GET", `/v1/data-centers/${cluster.dataCenter.id}`)).toMatchObject({
      state: "connected",
    } as Partial<DataCenter>);
    for (const [component, instances] of [
      [web, 3],
      [shelf, 1],
      [fresh, 1],
    ] as const) {
      const now = await call<Component>("GET", `/v1/components/${component.id}`);
      expect([now.status, now.instances.map((each) => each.state)]).toEqual(["running", Array(instances).fill("ready")]);
    }
    const counts = async (component: Component) => [
      (await of("Deployment", "apps/v1", component)).length,
      (await of("Service", "v1", component)).length,
      (await livingOf(component)).length,
    ];
    expect(await Promise.all([web, shelf, fresh].map(counts))).toEqual([
      [1, 1, 3],
      [1, 1, 1],
      [1, 1, 1],
    ]);
    await eventually(
      "nothing is left of what was removed",
      async () => (await counts(old)).every((n) => n === 0) && (await of("Secret", "v1", old)).length === 0,
    );
    expect(await livingOf(web)).toEqual(expect.arrayContaining(before));
  });
});
