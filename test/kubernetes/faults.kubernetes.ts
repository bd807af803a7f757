import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { kubernetesClient } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import type { Pod } from "../../shared/adapters/kubernetes/shapes.ts";
import { clusterPreflight } from "../../shared/adapters/kubernetes/preflight.ts";
import { kubeconfig as accessOf } from "../../shared/adapters/kubernetes/kubeconfig.ts";
import { transport } from "../../shared/adapters/kubernetes/transport.ts";
import { type Bench, bench, programs } from "./bench.ts";
import { load } from "./load.ts";
import { eventually } from "../support/eventually.ts";

/** PLUVIA_OUTAGE_SECONDS=300 keeps parts away for five minutes. */
const outageMs = Number(process.env.PLUVIA_OUTAGE_SECONDS ?? 5) * 1_000;
const tool = (name: string): string => resolve("..", "shared", "kubernetes", name);
const name = `faults-${process.pid}`;
/** A cluster of its own, which nobody else's tests run on. */
const canHave = process.env.PLUVIA_TEST_KUBECONFIG !== undefined && existsSync(tool("cluster")) && process.getuid?.() === 0;
if (process.env.PLUVIA_TEST_KUBECONFIG && !canHave)
  console.warn("Tests of faults are skipped: they need a cluster whose parts they can kill.");

interface Service extends KubernetesObject {
  readonly spec: { readonly clusterIP: string };
}

(canHave ? describe : describe.skip)("a cluster whose parts fail", () => {
  let it: Bench;
  let address: string;
  const cluster = async (...words: string[]): Promise<void> => void (await promisify(execFile)(tool("cluster"), words));
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  beforeAll(async () => {
    const archive = join(tmpdir(), `${name}-busybox.tar`);
    const said = execFileSync(tool("cluster"), ["up", "node", name, "2"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    execFileSync(tool("images"), ["busybox", archive], { stdio: "ignore" });
    await cluster("load", name, archive);
    rmSync(archive);
    const kubeconfig = readFileSync(/^KUBECONFIG=(.+)$/m.exec(said)?.[1] ?? "", "utf8");
    it = await bench({}, kubernetesClient(transport(accessOf(kubeconfig))));
    await it.cluster.apply(web(1));
    await it.phase("settled", 1);
    const ref = { apiVersion: "v1", kind: "Service", metadata: { name: it.name, namespace: it.namespace } };
    address = String((await it.client.get<Service>(ref))?.spec.clusterIP);
  });
  afterAll(async () => {
    await it?.end().catch(() => {});
    await cluster("down", name);
  });

  const web = (generation: number) =>
    it.workload(programs.serves(`release ${generation}`), generation, { replicas: 2, configuration: { graceSeconds: 1 } });
  const of = async (apiVersion: string, kind: string): Promise<Pod[]> =>
    (await it.client.list<Pod>({ apiVersion, kind }, { namespace: it.namespace, labels: { [labels.component]: it.component } }))
      .items;
  /** Two instances of this release, and one of all that there should be one of. */
  async function isWhole(number: number): Promise<void> {
    await it.phase("settled", number);
    await eventually("the instances are two", async () => (await of("v1", "Pod")).length === 2);
    const counts = await Promise.all([of("apps/v1", "Deployment"), of("v1", "Service")]);
    expect(counts.map((list) => list.length)).toEqual([1, 1]);
    const { instances } = await it.seen();
    expect(instances.map((i) => [i.releaseNumber, i.state])).toEqual([
      [number, "ready"],
      [number, "ready"],
    ]);
  }

  /** Where a node was taken for lost after an outage, both may be on the other one: then one of them goes, and comes back where there is none. */
  const areOnTwoNodes = () =>
    eventually("the instances are on two nodes", async () => {
      const { instances } = await it.seen();
      const living = (await of("v1", "Pod")).filter(({ metadata }) => !("deletionTimestamp" in metadata));
      const ready = instances.filter((i) => i.state === "ready" && living.some(({ metadata }) => metadata.name === i.id));
      if (living.length !== 2 || ready.length !== 2) return false;
      if (new Set(ready.map((i) => i.node)).size === 2) return true;
      const metadata = { namespace: it.namespace, name: String(ready[0]?.id) };
      await it.client.remove({ apiVersion: "v1", kind: "Pod", metadata }, { propagation: "Background" });
      return false;
    });

  let generation = 1;
  test.each(["apiserver", "etcd"])(
    "the %s is killed and comes back: what runs is not disturbed, and what was asked for meanwhile arrives",
    async (part) => {
      const asking = load([{ name: "address", host: address, port: 3000 }], 10);
      const before = (await it.seen()).instances.map((i) => i.id);
      try {
        await cluster("kill", name, part);
        // What is known is still told.
        expect((await it.seen()).instances.map((i) => i.id)).toEqual(before);
        await expect(it.cluster.apply(web(generation + 1))).rejects.toMatchObject({ code: "unavailable" });
        await pause(outageMs);
        await cluster("start", name, part);
        await eventually("it is accepted", () =>
          it.cluster.apply(web(generation + 1)).then(
            () => true,
            () => false,
          ),
        );
        await isWhole(++generation);
      } finally {
        await asking.stop();
      }
      expect(asking.failures).toEqual([]);
      expect(asking.count()).toBeGreaterThan(10);
    },
  );

  const findings = async (now = new Date()) =>
    (await clusterPreflight(it.client, "default", now)).filter((found) => found.name === "nodes");
  test("N1: kubelets' certificates are read from the kubelets: near their end they are told", async () => {
    expect(await findings()).toMatchObject([{ code: "nodes.ok", params: { nodes: 2 } }]);
    const inTenYears = new Date(Date.now() + 3_650 * 24 * 3_600_000);
    const told = (await findings(inTenYears)).filter((found) => found.code === "nodes.certificate-ended");
    expect(told).toHaveLength(2);
  });

  test("a node's kubelet is killed and comes back: the node is told as lost, nothing fails, and all is as before", async () => {
    await areOnTwoNodes();
    const asking = load([{ name: "address", host: address, port: 3000 }], 10);
    try {
      await cluster("kill", name, "kubelet", "2");
      const signal = await eventually("it is told", async () => (await it.seen()).signals.find((s) => s.code === "node.lost"));
      expect(signal.detail["node"]).toMatch(/2$/);
      const told = await findings();
      expect(told).toMatchObject([{ code: "nodes.not-ready", params: { names: signal.detail["node"], count: 1, nodes: 2 } }]);
      await pause(outageMs);
      await cluster("start", name, "kubelet", "2");
      await eventually("nothing is wrong any more", async () => (await it.seen()).signals.length === 0);
      await isWhole(generation);
    } finally {
      await asking.stop();
    }
    expect(asking.failures).toEqual([]);
  });
});
