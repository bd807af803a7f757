import type { Component } from "../../shared/contract/component.ts";
import type { DataCenterNode } from "../../shared/contract/data-center.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type { Node, Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { httpPort } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { eventually } from "../support/eventually.ts";
import { type JoinedCluster, joinCluster } from "./agents.ts";
import { testImage } from "./agent-parts.ts";
import { describeOnKubernetes, page, testNamespace } from "./support.ts";

const longMs = 240_000;

describeOnKubernetes("R1: nodes of a real cluster, changed under exactly the chart's rights", () => {
  let platform: Platform;
  let call: Awaited<ReturnType<typeof signUp>>["call"];
  let cluster: JoinedCluster;
  let neighbour: Awaited<ReturnType<typeof testNamespace>>;
  let node: string;
  let application: { id: string };

  beforeAll(async () => {
    platform = await startPlatform();
    ({ call } = await signUp(platform.url));
    cluster = await joinCluster(
      { url: platform.url, call },
      { name: "nodes", kubeconfig: String(process.env.PLUVIA_TEST_KUBECONFIG) },
    );
    neighbour = await testNamespace("neighbour");
    application = await call("POST", "/v1/applications", { name: "shop" });
  }, longMs);
  afterAll(async () => {
    // Whatever a failed test left of it.
    if (node) await ended(await ask("/uncordon"));
    await neighbour?.remove();
    await cluster?.leave();
    await platform?.stop();
    if (platform) await removeHome(platform.home);
  }, longMs);

  const url = (path: string) => `/v1/data-centers/${cluster.dataCenter.id}/nodes/${node}${path}`;
  const ask = (path: string, body?: object) => call<Operation>(body ? "PATCH" : "POST", url(path), body);
  const ended = (operation: Operation) =>
    eventually(
      `the operation ${operation.kind} has ended`,
      async () => {
        const now = await call<Operation>("GET", `/v1/operations/${operation.id}`);
        return now.state !== "running" && now;
      },
      longMs,
    );
  const realNode = async () =>
    (await cluster.client.get<Node>({ apiVersion: "v1", kind: "Node", metadata: { name: node } })) as Node;
  const running = async (component: Component, instances: number) =>
    eventually(
      `${component.name} runs`,
      async () => {
        const now = await call<Component>("GET", `/v1/components/${component.id}`);
        return now.status === "running" && now.instances.filter((i) => i.state === "ready").length === instances && now;
      },
      longMs,
    );
  const deployed = async (name: string, configuration: object, instances = 1): Promise<Component> => {
    const made = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
      name,
      source: { kind: "image", image: testImage },
      dataCenter: cluster.dataCenter.id,
      configuration: {
        command: page(name),
        ports: [httpPort],
        resources: { memoryMib: 32, cpuMillis: 100 },
        requests: { memoryMib: 16, cpuMillis: 10 },
        ...configuration,
      },
    });
    await call("POST", `/v1/components/${made.id}/deploy`, {});
    return running(made, instances);
  };
  const podsOf = async (component: Component) =>
    ((await cluster.ours("Pod", "v1")) as Pod[]).filter((pod) => Object.values(pod.metadata.labels ?? {}).includes(component.id));

  test(
    "a node is cordoned, labelled and tainted as it was asked; what others put there stays",
    async () => {
      await eventually(
        "its nodes are told",
        async () => {
          const { items } = await call<{ items: DataCenterNode[] }>("GET", `/v1/data-centers/${cluster.dataCenter.id}/nodes`);
          node = items.find((each) => each.ready)?.name ?? "";
          return node !== "";
        },
        longMs,
      );
      const before = await realNode();
      expect((await ended(await ask("/cordon"))).state).toBe("succeeded");
      const { items } = await call<{ items: DataCenterNode[] }>("GET", `/v1/data-centers/${cluster.dataCenter.id}/nodes`);
      expect(items.find((each) => each.name === node)?.cordoned).toBe(true);
      const taints = [{ key: "example.org/slow", value: "yes", effect: "PreferNoSchedule" }];
      expect((await ended(await ask("", { labels: { "example.org/rack": "7" }, taints }))).state).toBe("succeeded");
      const marked = await realNode();
      expect(marked.metadata.labels).toEqual({ ...before.metadata.labels, "example.org/rack": "7" });
      expect(marked.spec?.taints?.map((taint) => taint.key).toSorted()).toEqual([
        "example.org/slow",
        "node.kubernetes.io/unschedulable",
      ]);
      await cluster.client.transport.json({
        method: "PATCH",
        path: `/api/v1/nodes/${node}`,
        contentType: "application/merge-patch+json",
        body: { spec: { taints: [{ key: "example.org/theirs", effect: "PreferNoSchedule" }] } },
      });
      // By the platform, or by the agent, where the platform has not heard of it yet.
      const late = ask("", { taints: [], taintsSeen: taints }).then(ended);
      await expect(late.then(({ failure }) => Promise.reject(new Error(failure?.message)))).rejects.toThrow("example.org/theirs");
      expect((await realNode()).spec?.taints?.map((taint) => taint.key)).toContain("example.org/theirs");
      await ended(await ask("", { labels: { "example.org/rack": null }, taints: [] }));
      await ended(await ask("/uncordon"));
      const after = await realNode();
      expect([after.metadata.labels, after.spec?.unschedulable]).toEqual([before.metadata.labels, undefined]);
    },
    longMs,
  );

  test(
    "a drain makes our instances leave and no other pod; a daemon's instance stays",
    async () => {
      const web = await deployed("web", {});
      const daemon = await deployed(
        "daemon",
        { kind: "daemon" },
        (await cluster.client.list({ apiVersion: "v1", kind: "Node" })).items.length,
      );
      const other = await cluster.client.create<KubernetesObject & { readonly spec: object }>({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "theirs", namespace: neighbour.namespace },
        spec: { nodeName: node, containers: [{ name: "main", image: testImage, command: ["sleep", "3600"] }] },
      });
      const [first] = await podsOf(web);
      node = String(first?.spec.nodeName);
      expect((await ended(await ask("/drain"))).state).toBe("succeeded");
      expect((await podsOf(web)).filter((pod) => pod.spec.nodeName === node)).toEqual([]);
      expect((await podsOf(daemon)).filter((pod) => pod.spec.nodeName === node)).toHaveLength(1);
      const still = await cluster.client.get<Pod>(other);
      expect([still?.metadata.uid, still?.metadata.deletionTimestamp]).toEqual([other.metadata.uid, undefined]);
      await ended(await ask("/uncordon"));
      await running(web, 1);
    },
    longMs,
  );

  test(
    "a disruption budget holds a drain back, which says so and can be given up; what it holds keeps running",
    async () => {
      // Nowhere else to go: the budget lets one of the two leave, and then none.
      const labels = { "example.org/only": "here" };
      await ended(await ask("", { labels }));
      const pair = await deployed("pair", { replicas: 2, placement: { spread: false, nodeLabels: labels, tolerations: [] } }, 2);
      const drain = await ask("/drain");
      await eventually(
        "the budget is told",
        async () => {
          const now = await call<Operation>("GET", `/v1/operations/${drain.id}`);
          const evict = now.steps.find((step) => step.name === "evict");
          return evict?.code === "node.draining-held" && evict.params?.["left"] === 1 && evict;
        },
        longMs,
      );
      expect((await call<Operation>("POST", `/v1/operations/${drain.id}/cancel`)).state).toBe("cancelled");
      const [kept] = (await podsOf(pair)).filter((pod) => pod.spec.nodeName === node);
      expect(kept?.metadata.deletionTimestamp).toBeUndefined();
      await ended(await ask("/uncordon"));
      await running(pair, 2);
      expect((await podsOf(pair)).map((pod) => pod.metadata.uid)).toContain(kept?.metadata.uid);
      await ended(await ask("", { labels: { "example.org/only": null } }));
    },
    longMs,
  );
});
