import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embeddedGateway, type Gateway } from "../../edge-agents/gateway/gateway.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import type { Claim } from "../../shared/adapters/kubernetes/shapes.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import { type Bench, bench, type Change, programs } from "./bench.ts";
import { load } from "./load.ts";
import { describeOnKubernetes } from "./support.ts";
import { eventually } from "../support/eventually.ts";

interface Service extends KubernetesObject {
  readonly spec: { readonly clusterIP: string };
}

describeOnKubernetes("releases, on a real cluster", () => {
  let it: Bench;
  let gateway: Gateway;
  let home: string;
  beforeAll(async () => {
    it = await bench();
    home = mkdtempSync(join(tmpdir(), "pluvia-gateway-"));
    gateway = embeddedGateway({ port: 0, home });
  });
  afterAll(async () => {
    await gateway.stop(0);
    await it.end();
    rmSync(home, { recursive: true, force: true });
  });
  const addressOf = async (name: string): Promise<string> => {
    const service = await it.client.get<Service>({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: it.namespace },
    });
    return service?.spec.clusterIP ?? "none";
  };

  test("W7 W8: three upgrades, a release that never gets healthy, and a rollback fail no request, through the address and the gateway", async () => {
    const hosts = [{ port: 3000, label: "shop" }];
    const release = (number: number, change: object = {}) =>
      it.workload(programs.serves(`release ${number}`), number, { replicas: 2, hosts, ...change });
    const { port } = await gateway.start();
    const unfollow = gateway.follow(it.cluster);
    const seen: ObservedWorkload[] = [];
    const stop = it.cluster.onChange(async () => void seen.push(...(await it.cluster.observe())));
    await it.cluster.apply(release(1));
    await it.phase("settled", 1);
    const gatewayTarget = { name: "gateway", host: "127.0.0.1", port, headers: { host: "shop.localhost" } };
    const service = { name: "address", host: await addressOf(it.name), port: 3000 };
    const asking = load([service, service, gatewayTarget, { ...gatewayTarget, keepAlive: true }]);
    try {
      for (const number of [2, 3, 4]) {
        await it.cluster.apply(release(number));
        await it.phase("settled", number);
      }
      await it.cluster.apply(it.workload(programs.hangs(), 5, { replicas: 2, hosts, health: { startSeconds: 1 } }));
      await it.phase("failed", 5);
      await eventually("only the release before is left", async () =>
        (await it.seen()).instances.every((i) => i.releaseNumber === 4 && i.state === "ready"),
      );
      // A rollback is a new release that copies an old one.
      await it.cluster.apply(release(6));
      await it.phase("settled", 6);
    } finally {
      await asking.stop();
      stop();
      unfollow();
    }
    expect(asking.failures).toEqual([]);
    expect([...asking.answers].sort()).toEqual(["release 1", "release 2", "release 3", "release 4", "release 6"]);
    expect(asking.count()).toBeGreaterThan(100);

    // While two releases run, each instance says of which it is, and never are fewer ready than wanted.
    const both = seen.filter((s) => new Set(s.instances.map((i) => i.releaseNumber)).size > 1);
    expect(both.length).toBeGreaterThan(0);
    expect(seen.filter((s) => s.generation > 1 && s.instances.filter((i) => i.state === "ready").length < 2)).toEqual([]);
  });

  describe("a stateful component", () => {
    const component = "cmp_stateful00000000";
    const name = component.replace("_", "-");
    // Each life of an instance adds a line to its own volume.
    const script = "mkdir -p /data/www; echo $PLUVIA_RELEASE >> /data/www/index.html; exec httpd -f -p 3000 -h /data/www";
    const store = (generation: number, { sizeMib = 16, ...change }: Change & { sizeMib?: number } = {}) =>
      it.workload(script, generation, {
        component,
        replicas: 2,
        configuration: {
          kind: "stateful",
          graceSeconds: 0,
          volumes: [{ name: "data", kind: "exclusive", path: "/data", sizeMib, storageClass: null }],
        },
        ...change,
      });
    const seen = async () => (await it.cluster.observe()).find((o) => o.component === component);
    const phase = (wanted: ObservedWorkload["phase"], generation: number) => it.phase(wanted, generation, component);
    const dataOf = async (instance: string): Promise<string[]> => {
      const host = (await seen())?.instances.find((i) => i.id === instance)?.endpoints[0]?.host ?? "none";
      const answer = await fetch(`http://${host}:3000/`);
      return (await answer.text()).trim().split("\n");
    };
    const claims = async (): Promise<Claim[]> => {
      const { items } = await it.client.list<Claim>(
        { apiVersion: "v1", kind: "PersistentVolumeClaim" },
        { namespace: it.namespace },
      );
      return items.filter((c) => c.metadata.name.includes(name));
    };
    const sizes = async (): Promise<(string | undefined)[]> => (await claims()).map((c) => c.spec.resources?.requests.storage);

    test("W2: is upgraded one instance after the other, the last first; each keeps its data, and one always answers", async () => {
      await it.cluster.apply(store(1));
      await phase("settled", 1);
      const order: string[] = [];
      const few: number[] = [];
      const stop = it.cluster.onChange(async () => {
        const instances = (await seen())?.instances ?? [];
        for (const i of instances) if (i.releaseNumber === 2 && i.state === "ready" && !order.includes(i.id)) order.push(i.id);
        const ready = instances.filter((i) => i.state === "ready").length;
        if (ready < 1) few.push(ready);
      });
      const asking = load([{ name: "address", host: await addressOf(name), port: 3000 }]);
      await it.cluster.apply(store(2));
      await phase("settled", 2);
      await asking.stop();
      stop();
      expect(order).toEqual([`${name}-1`, `${name}-0`]);
      expect(few).toEqual([]);
      expect(asking.failures).toEqual([]);
      for (const instance of order) expect(await dataOf(instance)).toEqual(["1", "2"]);
    });

    test("W2: stopped, it keeps its address and its data", async () => {
      const [address, before] = [await addressOf(name), (await claims()).map((c) => c.metadata.uid)];
      await it.cluster.apply(store(3, { number: 2, wanted: "stopped" }));
      await phase("settled", 3);
      expect([await addressOf(name), (await claims()).map((c) => c.metadata.uid)]).toEqual([address, before]);
      await it.cluster.apply(store(4, { number: 2 }));
      await phase("settled", 4);
      expect(await dataOf(`${name}-0`)).toEqual(["1", "2", "2"]);
    });

    test("P9: a volume that cannot grow is refused in words, and what ran goes on; one that can does, under the same data", async () => {
      await it.cluster.apply(store(5, { sizeMib: 32 }));
      const refused = await phase("failed", 5);
      const said = refused.signals.find((s) => s.code === "cluster.refused")?.detail["message"];
      expect(said).toBe(
        `The volume volume-data-${name}-0 cannot grow from 16Mi to 32Mi: its storage class hostpath does not allow it.`,
      );
      expect(refused.instances.map((i) => [i.releaseNumber, i.state])).toEqual([
        [2, "ready"],
        [2, "ready"],
      ]);
      expect(await sizes()).toEqual(["16Mi", "16Mi"]);

      const storageClass = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "hostpath" } };
      const allow = (allowVolumeExpansion: boolean) =>
        it.client.apply({ ...storageClass, allowVolumeExpansion } as KubernetesObject, { manager: "test" });
      await allow(true);
      try {
        await it.cluster.apply(store(6, { sizeMib: 32 }));
        await phase("settled", 6);
        expect(await sizes()).toEqual(["32Mi", "32Mi"]);
        expect(await dataOf(`${name}-1`)).toEqual(["1", "2", "2", "6"]);
        // A rollback to the smaller one keeps what there is.
        await it.cluster.apply(store(7));
        await eventually("the former release comes back", async () => {
          const now = await seen();
          if (now?.instances.some((i) => i.releaseNumber === 7 && i.state === "ready")) return true;
          throw new Error(JSON.stringify({ now, errors: it.errors }));
        });
        expect(await sizes()).toEqual(["32Mi", "32Mi"]);
      } finally {
        await allow(false);
      }
    });
  });
});
