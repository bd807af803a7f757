import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import type { Call } from "../../shared/adapters/kubernetes/transport.ts";
import { type Client, kubernetesClient } from "../../shared/adapters/kubernetes/client.ts";
import { isLeaving, isReady } from "../../shared/adapters/kubernetes/pod.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import type { Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import { Fault } from "../../shared/base/fault.ts";
import { type Bench, bench, programs } from "./bench.ts";
import { describeOnKubernetes, openClient } from "./support.ts";
import { eventually } from "../support/eventually.ts";

/** A client that dies at a write: before it is sent, or after it was done and before its answer is heard. */
function mortal(dies: { at: number; sent: boolean }): {
  client: Client;
  writes: () => number;
  isDead: () => boolean;
  /** Resolves when it has died. */
  death: Promise<void>;
} {
  const { transport } = openClient();
  let writes = 0;
  let dead = false;
  const { promise: death, resolve: die } = Promise.withResolvers<void>();
  const gone = (): Fault => new Fault("unavailable", "the agent is dead");
  const guarded = async <T>(call: Call, send: (call: Call) => Promise<T>): Promise<T> => {
    if (dead) throw gone();
    if (call.method === "GET") return send(call);
    writes++;
    if (writes !== dies.at) return send(call);
    dead = true;
    if (dies.sent) await send(call).finally(die);
    die();
    throw gone();
  };
  const client = kubernetesClient({
    ...transport,
    json: <T>(call: Call) => guarded<T>(call, (each) => transport.json<T>(each)),
    stream: (call) => guarded(call, transport.stream),
  });
  return { client, writes: () => writes, isDead: () => dead, death };
}

const kinds: readonly (readonly [string, string])[] = [
  ["apps/v1", "Deployment"],
  ["apps/v1", "ReplicaSet"],
  ["v1", "Service"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "Pod"],
  ["v1", "PersistentVolumeClaim"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
];

/**
 * What a kubelet would say of pods, without running any: no node is picked for these, so that they begin and end at once. API server and
 * controllers are real.
 */
function pretendKubelet({ client, namespace }: Pick<Bench, "client" | "namespace">): () => Promise<void> {
  let going = true;
  const at = new Date().toISOString();
  const status = {
    phase: "Running",
    podIP: "10.0.0.1",
    conditions: ["Initialized", "ContainersReady", "Ready"].map((type) => ({ type, status: "True", lastTransitionTime: at })),
    containerStatuses: [
      {
        name: "app",
        ready: true,
        restartCount: 0,
        image: "x",
        imageID: "x",
        containerID: "x://1",
        state: { running: { startedAt: at } },
      },
    ],
  };
  async function start(pod: KubernetesObject): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name}/status`;
    const call: Call = { method: "PATCH", path, contentType: "application/merge-patch+json", body: { status } };
    await client.transport.json(call).catch(() => {});
  }
  const run = (async () => {
    while (going) {
      const { items } = await client.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace });
      for (const pod of items) if (!isReady(pod) && !isLeaving(pod)) await start(pod);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return async () => {
    going = false;
    await run;
  };
}

describeOnKubernetes("W6: an agent that dies at any write to the cluster", () => {
  /** Everything of a component, by name: what two of them have in common is what they should. */
  async function belongings(it: Bench): Promise<string[]> {
    const lists = await Promise.all(
      kinds.map(([apiVersion, kind]) =>
        it.client.list({ apiVersion, kind }, { namespace: it.namespace, labels: { [labels.component]: it.component } }),
      ),
    );
    const anonymous = ({ kind, metadata: { name } }: KubernetesObject): string =>
      `${kind}/${name.replace(it.name, "it").replace(/-[0-9a-f]{16}$/, "")}`.replace(/^(Pod|ReplicaSet)\/.*$/, "$1");
    return lists.flatMap((list) => list.items.map(anonymous)).sort();
  }
  const release = (it: Bench, generation: number) =>
    it.workload(programs.serves("yes"), generation, {
      replicas: 2,
      configuration: {
        placement: { spread: false, nodeLabels: { "pluvia.io/nowhere": "none" }, tolerations: [] },
        files: [{ path: "/etc/demo/settings", content: `release ${generation}`, executable: false }],
        volumes: [{ name: "data", kind: "shared", path: "/data", sizeMib: 16, storageClass: "none" }],
      },
    });

  /** Two releases and a removal, by an agent that dies once. Answers what was there in the end of each, and how often it wrote. */
  async function life(dies: { at: number; sent: boolean }) {
    const { client, writes, isDead, death } = mortal(dies);
    const it = await bench({ client });
    const stop = pretendKubelet(it);
    /** What the scheduler does: it asks again for what was not accepted. An agent that has died is replaced. */
    const reach = async (what: string, ask: () => Promise<unknown>, isReached: () => Promise<boolean>): Promise<void> => {
      await eventually(what, async () => {
        if (isDead() && !isReplaced) {
          isReplaced = true;
          await it.restart({ client: it.client });
        }
        // Who is dead never answers.
        const second = new Promise((resolve) => setTimeout(resolve, 1_000));
        await Promise.race([ask().catch(() => {}), second, ...(isReplaced ? [] : [death])]);
        return isReached();
      });
    };
    let isReplaced = false;
    try {
      const there: string[][] = [];
      for (const generation of [1, 2]) {
        await reach(
          `generation ${generation} settled, dead at ${dies.at}`,
          () => it.cluster.apply(release(it, generation)),
          async () => {
            const [seen] = await it.cluster.observe();
            return seen?.generation === generation && seen.phase === "settled";
          },
        );
        // What the release before left is swept after that.
        const expected = undisturbed?.[generation - 1]?.join();
        if (expected === undefined) await new Promise((resolve) => setTimeout(resolve, 1_000));
        else
          await reach(
            `as it should be, dead at ${dies.at}`,
            async () => {},
            async () => (await belongings(it)).join() === expected,
          );
        there.push(await belongings(it));
      }
      const { component } = release(it, 3);
      await reach(
        `removed, dead at ${dies.at}`,
        () => it.cluster.remove(component),
        async () => (await it.cluster.observe()).length === 0,
      );
      there.push(await belongings(it));
      return { there, writes: writes() };
    } finally {
      await stop();
      await it.end();
      client.transport.close();
    }
  }
  let undisturbed: string[][] | undefined;

  test("is gone on for by the next one: nothing is lost, doubled or left behind", async () => {
    const whole = await life({ at: 0, sent: false });
    undisturbed = whole.there;
    expect(whole.there[1]).toEqual([
      "ConfigMap/it-files",
      "Deployment/it",
      "NetworkPolicy/it",
      "PersistentVolumeClaim/it-data",
      "Pod",
      "Pod",
      "ReplicaSet",
      "ReplicaSet",
      "Secret/it-variables",
      "Secret/it-workload",
      "Service/it",
    ]);
    expect(whole.there[2]).toEqual([]);
    const every = process.env.PLUVIA_TEST_EVERY_CRASH ? [false, true] : null;
    const deaths = Array.from({ length: whole.writes }, (_, n) =>
      (every ?? [n % 2 === 0]).map((sent) => ({ at: n + 1, sent })),
    ).flat();
    const next = deaths.values();
    const worker = async (): Promise<void> => {
      for (const death of next) expect({ death, there: (await life(death)).there }).toEqual({ death, there: whole.there });
    };
    await Promise.all([worker(), worker(), worker(), worker()]);
  }, 900_000);
});
