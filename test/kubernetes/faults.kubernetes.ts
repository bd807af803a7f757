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
import { embeddedGateway } from "../../edge-agents/gateway/gateway.ts";
import { nodeHealth } from "../../edge-agents/node-health/node-health.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
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

  /** -I: what comes to a node for its pods is lost from now on; -D: no more. */
  async function podNetwork(how: "-I" | "-D", node: number): Promise<void> {
    const state = process.env.PLUVIA_CLUSTER_DIR ?? "/var/tmp/pluvia-kubernetes";
    const [first = ""] = readFileSync(join(state, name, "pid", `node${node}`), "utf8").split(" ");
    const rule = ["iptables", "-w", "10", how, "FORWARD", "-i", "eth0", "-o", "cni0", "-j", "DROP"];
    await promisify(execFile)("nsenter", ["--target", first, "--mount", "--net", "--", ...rule]);
  }

  const web = (generation: number) =>
    it.workload(programs.serves(`release ${generation}`), generation, {
      replicas: 2,
      configuration: { graceSeconds: 1 },
      hosts: [{ port: 3000, label: "web" }],
    });
  /** A gateway before the component that is asked without a break, on connections that are kept and that are not. */
  async function askedByGateway() {
    const gateway = embeddedGateway({ port: 0, home: join(it.home, "gateway"), tcpPorts: null });
    const { port } = await gateway.start();
    const unfollow = gateway.follow(it.cluster);
    const target = { name: "gateway", host: "127.0.0.1", port, headers: { host: "web.localhost" } };
    const asking = load([target, { ...target, keepAlive: true }], 10);
    const stop = async () => {
      await asking.stop();
      unfollow();
      await gateway.stop(0);
    };
    return { gateway, asking, stop };
  }
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

  test("N2: the network of a node's pods breaks: its kubelet sees nothing of it, requests go around the node, and the node is told", async () => {
    await areOnTwoNodes();
    const clock = systemClock();
    const hurried = { ...clock, sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms / 10, signal) };
    const { gateway, asking, stop } = await askedByGateway();
    const health = nodeHealth({ cluster: it.cluster, reaches: gateway.reaches, clock: hurried, log: () => {} });
    const broken = async () =>
      health.told(await it.cluster.nodes()).flatMap(({ name: node, signals }) => signals.map(({ code }) => `${node} ${code}`));
    try {
      await podNetwork("-I", 2);
      const told = await eventually("it is told", async () => (await broken())[0]);
      expect(told).toMatch(/2 node\.unreached$/);
      expect((await it.seen()).instances.map(({ state }) => state)).toEqual(["ready", "ready"]);
      await podNetwork("-D", 2);
      await eventually("it is reached again", async () => (await broken()).length === 0);
    } finally {
      await podNetwork("-D", 2).catch(() => {});
      health.stop();
      await stop();
    }
    expect(asking.failures).toEqual([]);
  });

  test("N2: a node loses its power: no request through the gateway fails, and all is as before when it comes back", async () => {
    await areOnTwoNodes();
    const { asking, stop } = await askedByGateway();
    try {
      await cluster("kill", name, "node", "2");
      await eventually("it is told", async () => (await it.seen()).signals.find(({ code }) => code === "node.lost"));
      await cluster("start", name, "node", "2");
      await isWhole(generation);
    } finally {
      await stop();
    }
    expect(asking.failures).toEqual([]);
  });

  test("N2: a node is gone for good: what it ran serves elsewhere, and releases go on being deployed without it", async () => {
    await areOnTwoNodes();
    await cluster("kill", name, "node", "2");
    try {
      const readyOn = async () => (await it.seen()).instances.filter((i) => i.state === "ready").map((i) => i.node);
      await eventually("both instances are on the other node", async () => {
        const nodes = await readyOn();
        return nodes.length === 2 && new Set(nodes).size === 1;
      });
      await it.phase("settled", generation);
      await it.cluster.apply(web(++generation));
      expect((await it.phase("settled", generation)).signals).toEqual([]);
      // What the dead node ran is still there, by name.
      const [serving] = await readyOn();
      expect((await of("v1", "Pod")).filter(({ spec }) => spec.nodeName !== serving)).toHaveLength(1);
    } finally {
      await cluster("start", name, "node", "2");
    }
    await isWhole(generation);
  });
});
