import type { Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import type { TenantId } from "../../shared/contract/id.ts";
import { eventually } from "../support/eventually.ts";
import { type Bench, bench, programs } from "./bench.ts";
import { describeOnKubernetes } from "./support.ts";

describeOnKubernetes("W2: the namespace of a team", () => {
  let it: Bench;
  const longMs = 180_000;
  const space = () => it.client.get({ apiVersion: "v1", kind: "Namespace", metadata: { name: it.namespace } });
  const claim = () => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "theirs", namespace: it.namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
  });
  const twice = async (...wanted: string[]) => {
    for (let look = 0; look < 2; look++) await it.cluster.removeEmptyHomes(new Set(wanted as TenantId[]));
  };
  const isGone = () => eventually("the namespace is gone", async () => (await space()) === null, longMs);
  beforeAll(async () => {
    it = await bench();
  });
  afterAll(() => it.end());

  test(
    "stays while something of the team is wanted or a volume is in it, then goes, and comes back with the next component",
    async () => {
      await it.cluster.apply(it.workload(programs.serves("one"), 1));
      await it.phase("settled", 1);
      await twice();
      expect(await space()).not.toBeNull();
      await it.cluster.remove(it.component as Parameters<typeof it.cluster.remove>[0]);
      await twice(it.tenant);
      expect(await space()).not.toBeNull();
      await it.client.create(claim());
      await twice();
      expect(await space()).not.toBeNull();
      await it.client.remove(claim(), { propagation: "Background" });
      await eventually("the volume is gone", async () => (await it.client.get(claim())) === null, longMs);
      await eventually(
        "nothing is left of the instances",
        async () => {
          const { items } = await it.client.list({ apiVersion: "v1", kind: "Pod" }, { namespace: it.namespace });
          return items.length === 0;
        },
        longMs,
      );
      await twice();
      await isGone();
      await it.cluster.apply(it.workload(programs.serves("two"), 2));
      await it.phase("settled", 2);
    },
    longMs * 3,
  );

  test(
    "W7: what a tag meant is kept with the component: a restarted agent, and a rollback, run the same image",
    async () => {
      const digest = `sha256:${"1".repeat(64)}`;
      let asked = 0;
      const pin = async (reference: string) => {
        asked += 1;
        return reference === "moving:1" ? `docker.io/library/moving@${digest}` : reference;
      };
      await it.restart({ pin });
      const of = (generation: number, more: object = {}) =>
        it.workload("true", generation, { image: "moving:1", number: generation, ...more });
      await it.cluster.apply(of(3));
      const images = async () => {
        const { items } = await it.client.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace: it.namespace });
        return items.map((pod) => pod.spec.containers[0]?.image);
      };
      await eventually(
        "it is pulled by content",
        async () => (await images()).includes(`docker.io/library/moving@${digest}`),
        longMs,
      );
      await it.restart({ pin });
      await it.cluster.apply(of(4, { restart: 1, number: 3 }));
      expect(asked).toBe(1);
      expect(await images()).not.toContain("moving:1");
    },
    longMs,
  );
});
