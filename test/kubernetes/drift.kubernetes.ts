import type { KubernetesObject, ObjectRef } from "../../shared/adapters/kubernetes/object.ts";
import type { Deployment, Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import { type Bench, bench, programs } from "./bench.ts";
import { describeOnKubernetes } from "./support.ts";
import { eventually } from "../support/eventually.ts";

interface Any extends KubernetesObject {
  readonly spec: Record<string, unknown> & { readonly replicas?: number };
  readonly data?: unknown;
}

describeOnKubernetes("what somebody changes by hand", () => {
  let it: Bench;
  beforeAll(async () => {
    it = await bench();
    await it.cluster.apply(
      it.workload(programs.serves("yes"), 1, {
        configuration: { files: [{ path: "/etc/demo/settings", content: "colour=blue\n", executable: false }] },
      }),
    );
    await it.phase("settled", 1);
  });
  afterAll(() => it.end());

  const ref = (apiVersion: string, kind: string, name = it.name): ObjectRef => ({
    apiVersion,
    kind,
    metadata: { name, namespace: it.namespace },
  });
  const get = (object: ObjectRef): Promise<Any | null> => it.client.get<Any>(object);
  /** As kubectl edit, scale and annotate do. */
  const edit = async (object: ObjectRef, body: object): Promise<unknown> =>
    it.client.transport.json({
      method: "PATCH",
      path: `${await it.client.pathOf(object, object.metadata)}/${object.metadata.name}`,
      contentType: "application/merge-patch+json",
      query: { fieldManager: "kubectl-edit" },
      body,
    });
  const named = async (kind: string, part: string): Promise<ObjectRef> => {
    const { items } = await it.client.list({ apiVersion: "v1", kind }, { namespace: it.namespace });
    return items.find((o) => o.metadata.name.startsWith(`${it.name}-${part}-`)) ?? ref("v1", kind, "none");
  };
  const uids = async (): Promise<string[]> => {
    const { items } = await it.client.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace: it.namespace });
    return items.map((pod) => String(pod.metadata.uid));
  };

  test("a number of instances, a selector or a rule changed by hand is changed back; a foreign annotation stays", async () => {
    const [deployment, service, policy] = [
      ref("apps/v1", "Deployment"),
      ref("v1", "Service"),
      ref("networking.k8s.io/v1", "NetworkPolicy"),
    ];
    const before = await uids();
    const [wasService, wasPolicy] = [await get(service), await get(policy)];
    await edit(service, { metadata: { annotations: { "kubectl.example/note": "mine" } } });
    await edit(deployment, { metadata: { annotations: { "kubectl.example/note": "mine" } } });
    await edit(deployment, { spec: { replicas: 3 } });
    await edit(service, { spec: { ports: [{ port: 3_000, targetPort: 9 }] } });
    await edit(policy, { spec: { ingress: [{}] } });
    await eventually("all are as they were", async () => {
      const [d, s, p] = [await get(deployment), await get(service), await get(policy)];
      return (
        d?.spec.replicas === 1 &&
        JSON.stringify(p?.spec) === JSON.stringify(wasPolicy?.spec) &&
        JSON.stringify(s?.spec) === JSON.stringify(wasService?.spec)
      );
    });
    for (const object of [deployment, service])
      expect((await get(object))?.metadata.annotations).toMatchObject({ "kubectl.example/note": "mine" });
    expect(await uids()).toEqual(expect.arrayContaining(before));
  });

  test("what is deleted by hand comes back: Deployment, Service, rule, files, variables, and the instance with them", async () => {
    const lost = [
      ref("v1", "Service"),
      ref("networking.k8s.io/v1", "NetworkPolicy"),
      await named("ConfigMap", "files"),
      await named("Secret", "variables"),
      ref("apps/v1", "Deployment"),
    ];
    const [before, instances] = [await Promise.all(lost.map(get)), await uids()];
    for (const object of lost) await it.client.remove(object, { propagation: "Background" });
    await eventually("all are back", async () => {
      const now = await Promise.all(lost.map(get));
      return now.every((o, at) => o !== null && o.metadata.uid !== before[at]?.metadata.uid);
    });
    const now = await Promise.all(lost.map(get));
    expect(now.map((o) => o?.data)).toEqual(before.map((o) => o?.data));
    await eventually("another instance is all there is", async () => {
      const pods = await uids();
      return pods.length === 1 && !instances.includes(String(pods[0]));
    });
    await it.phase("settled", 1);
  });

  test("the walls around a team come back, too", async () => {
    const wall = ref("networking.k8s.io/v1", "NetworkPolicy", "pluvia-ingress");
    await it.client.remove(wall, { propagation: "Background" });
    await eventually("it is back", async () => (await get(wall)) !== null);
    const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: it.namespace } };
    const level = "pod-security.kubernetes.io/enforce";
    await edit(home, { metadata: { labels: { [level]: "privileged" } } });
    await eventually("its level is back", async () => (await it.client.get(home))?.metadata.labels?.[level] === "baseline");
  });

  test("M4: the number of instances is the autoscaler's alone, from the moment it takes over until it gives back", async () => {
    const deployment = ref("apps/v1", "Deployment");
    const counts: (number | undefined)[] = [];
    const stop = it.cluster.onChange(async () => {
      counts.push((await it.client.get<Deployment>(deployment))?.spec.replicas);
    });
    const scaled = (generation: number, replicas: number, scaling: object | null) =>
      it.cluster.apply(
        it.workload(programs.hangs(), generation, {
          number: 2,
          health: { kind: "none" },
          configuration: { ports: [], replicas, scaling },
        }),
      );
    const replicas = async (): Promise<number | undefined> => (await get(deployment))?.spec.replicas;
    try {
      await scaled(2, 3, null);
      await it.phase("settled", 2);
      counts.length = 0;
      await scaled(3, 1, { replicasMin: 2, replicasMax: 4, cpuPercent: 80 });
      await it.phase("settled", 3);
      // Without measurements the autoscaler keeps what it finds, within its bounds.
      expect(await replicas()).toBe(3);
      // As the autoscaler does.
      await edit(deployment, { spec: { replicas: 4 } });
      await it.phase("settled", 3);
      await scaled(4, 1, { replicasMin: 2, replicasMax: 4, cpuPercent: 70 });
      await it.phase("settled", 4);
      expect(await replicas()).toBe(4);
      expect(counts.filter((n) => n !== undefined && n < 3)).toEqual([]);

      await scaled(5, 1, null);
      await it.phase("settled", 5);
      expect(await replicas()).toBe(1);
      expect(await get(ref("autoscaling/v1", "HorizontalPodAutoscaler"))).toBeNull();
    } finally {
      stop();
    }
  });

  test("a namespace deleted by hand, with all that is in it, comes back when its components are applied again", async () => {
    const home = { apiVersion: "v1", kind: "Namespace", metadata: { name: it.namespace } };
    const before = await it.client.get(home);
    await it.client.remove(home, { propagation: "Background" });
    await eventually("it is gone", async () => (await it.client.get(home)) === null);
    await eventually("nothing of it is observed", async () => (await it.cluster.observe()).length === 0);
    await it.cluster.apply(it.workload(programs.serves("again"), 6));
    await it.phase("settled", 6);
    expect((await it.client.get(home))?.metadata.uid).not.toBe(before?.metadata.uid);
  });
});
