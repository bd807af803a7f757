import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import { scheduler } from "../../edge-agents/scheduler/main.ts";
import { noTracer } from "../../shared/adapters/no-tracer.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { type Bench, bench, programs } from "./bench.ts";
import { testImage } from "./agent-parts.ts";
import { describeOnKubernetes, unique } from "./support.ts";
import { eventually } from "../support/eventually.ts";

const deployment = (metadata: KubernetesObject["metadata"]): KubernetesObject =>
  ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: "theirs" } },
      template: {
        metadata: { labels: { app: "theirs" } },
        spec: { containers: [{ name: "x", image: testImage, command: ["sleep", "1000"] }] },
      },
    },
  }) as KubernetesObject;
const plain = (apiVersion: string, kind: string, metadata: KubernetesObject["metadata"], rest: object = {}): KubernetesObject =>
  ({ apiVersion, kind, metadata, ...rest }) as KubernetesObject;

/** One of each kind that the agents remove. */
const everyKind = (metadata: KubernetesObject["metadata"]): KubernetesObject[] => [
  deployment(metadata),
  plain("v1", "Service", metadata, { spec: { ports: [{ port: 80 }], selector: { app: "theirs" } } }),
  plain("v1", "ConfigMap", metadata, { data: { of: "theirs" } }),
  plain("v1", "Secret", metadata),
  plain("networking.k8s.io/v1", "NetworkPolicy", metadata, { spec: { podSelector: { matchLabels: { app: "theirs" } } } }),
  plain("v1", "PersistentVolumeClaim", metadata, {
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "none", resources: { requests: { storage: "1Mi" } } },
  }),
];

describeOnKubernetes("neighbours in the same cluster", () => {
  let it: Bench;
  beforeAll(async () => {
    it = await bench();
  });
  afterAll(() => it.end());

  const stands = async (o: KubernetesObject): Promise<string> => {
    const { metadata } = (await it.client.get<KubernetesObject>(o)) ?? { metadata: undefined };
    return `${o.kind}/${o.metadata.name} ${metadata?.uid} ${metadata?.generation ?? metadata?.resourceVersion} ${metadata?.deletionTimestamp ?? ""}`;
  };
  const allStand = (objects: readonly KubernetesObject[]): Promise<string[]> => Promise.all(objects.map(stands));
  /** Waits until what controllers add to new objects has been added. */
  const put = async (objects: readonly KubernetesObject[]): Promise<string[]> => {
    for (const object of objects) await it.client.create(object);
    let last = "";
    return eventually("neighbours stand still", async () => {
      const now = await allStand(objects);
      const still = now.join() === last;
      last = now.join();
      return still && now;
    });
  };

  test("W2: what is another owner's, data center's or team's is never touched, whatever happens to a component beside it", async () => {
    const other = await bench();
    try {
      await other.cluster.apply(other.workload(programs.serves("other"), 1));
      const ours = it.workload(programs.serves("ours"), 1);
      await it.cluster.apply(ours);
      await other.phase("settled", 1);
      await it.phase("settled", 1);
      const theirs = [
        ...everyKind({ name: "theirs", namespace: it.namespace, labels: { app: "theirs" } }),
        // Labels of ours, but not those that say whose it is.
        ...everyKind({ name: `${it.name}-copied`, namespace: it.namespace, labels: { [labels.component]: it.component } }),
        ...everyKind({
          name: `${it.name}-elsewhere`,
          namespace: it.namespace,
          labels: {
            [labels.component]: it.component,
            [labels.managedBy]: "pluvia",
            [labels.dataCenter]: other.dataCenter,
          },
        }),
      ];
      const before = await put(theirs);
      const [neighbour] = await other.cluster.observe();

      await it.cluster.apply(it.workload(programs.serves("next"), 2));
      await it.phase("settled", 2);
      await it.cluster.apply({ ...it.workload(programs.serves("next"), 3), wanted: "stopped" });
      await it.phase("settled", 3);
      await it.cluster.remove(ours.component);

      expect(await allStand(theirs)).toEqual(before);
      expect(await other.cluster.observe()).toEqual([neighbour]);
    } finally {
      await other.end();
    }
  });

  test("an object that has our name but is somebody else's is left as it is, and told; once it is gone we go on by ourselves", async () => {
    const service = plain("v1", "Service", { name: it.name, namespace: it.namespace }, { spec: { ports: [{ port: 80 }] } });
    const before = await put([service]);
    await it.cluster.apply(it.workload(programs.serves("mine"), 4));
    const seen = await it.phase("failed", 4);
    expect(seen.signals).toContainEqual({
      code: "cluster.refused",
      detail: { message: `There is already a Service ${it.name} in the namespace ${it.namespace}, made by somebody else.` },
    });
    expect(await allStand([service])).toEqual(before);
    await it.client.remove(service, { propagation: "Background" });
    await it.phase("settled", 4);
  });

  test("a namespace that is somebody else's is not taken, nor one in which another data center runs components", async () => {
    const tenant = `tnt_${unique()}0000`;
    const namespace = plain("v1", "Namespace", { name: tenant.replace("_", "-"), labels: { team: "theirs" } });
    await it.client.create(namespace);
    const mine = it.workload(programs.serves("x"), 1, { tenant, component: `cmp_${unique()}0000` });
    await expect(it.cluster.apply(mine)).rejects.toMatchObject({
      code: "invalid",
      message: `There is already a Namespace ${namespace.metadata.name}, made by somebody else.`,
    });
    expect((await it.client.get(namespace))?.metadata.labels).toMatchObject({ team: "theirs" });
    await it.client.remove(namespace, { propagation: "Background" });

    const second = await bench();
    try {
      await expect(second.cluster.apply(second.workload("x", 1, { tenant: it.tenant }))).rejects.toMatchObject({
        code: "invalid",
        message: expect.stringContaining(`components of another data center (${it.dataCenter}) run`),
      });
      expect(await it.phase("settled", 4)).toMatchObject({ phase: "settled" });
    } finally {
      await second.end();
    }
  });

  test("an incomplete desired state removes nothing; a complete one removes what is ours and not in it, and that alone", async () => {
    const wanted = it.workload(programs.hangs(), 1, {
      component: `cmp_${unique()}0000`,
      health: { kind: "none" },
      configuration: { ports: [] },
    });
    const theirs = everyKind({ name: "others", namespace: it.namespace, labels: { app: "theirs" } });
    const before = await put(theirs);
    let complete = false;
    let looks = 0;
    const ledger = {
      wanted: (): Workload[] => [wanted],
      workload: async () => wanted,
      traceOf: () => undefined,
      tombstones: () => [],
      unread: () => [],
      complete: () => complete,
    };
    const agent = scheduler({
      ledger: ledger as unknown as Parameters<typeof scheduler>[0]["ledger"],
      cluster: it.cluster,
      clock: systemClock(),
      cloudKey: () => Promise.reject(new Error("nothing here is signed")),
      addressFor: () => Promise.resolve({ host: "none", port: 1 }),
      addressesOf: () => [],
      tracer: noTracer,
      reporter: { observed: () => void looks++ },
      gone: () => {},
      log: () => {},
    });
    const components = async (): Promise<string[]> => (await it.cluster.observe()).map((o) => o.component).sort();
    try {
      await eventually("both run", async () => (await components()).length === 2);
      const then = looks;
      agent.wake();
      await eventually("it was looked at again", () => looks > then + 1);
      expect(await components()).toEqual([it.component, wanted.component].sort());

      complete = true;
      agent.wake();
      await eventually("the orphan is gone", async () => (await components()).join() === wanted.component);
      expect(await allStand(theirs)).toEqual(before);
    } finally {
      await agent.stop();
    }
  });
});
