// G18: how long a look at every component of a cluster takes, and one change until its patch; what an idle agent costs. Against a real API server:
// PLUVIA_TEST_KUBECONFIG names it, PLUVIA_BENCH_COMPONENTS says how many (1,000). Nothing needs to run: all have 0 instances.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { reconcileOnce } from "../../edge-agents/runtime/control-loop.ts";
import { plan } from "../../edge-agents/scheduler/plan.ts";
import { kubernetesClient } from "../../shared/adapters/kubernetes/client.ts";
import { kubernetesCluster } from "../../shared/adapters/kubernetes/cluster.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { nameFor, namespaceFor } from "../../shared/adapters/kubernetes/render/names.ts";
import { kubeConfigOf, transport } from "../../shared/adapters/kubernetes/transport.ts";
import { Workload } from "../../shared/contract/agent.ts";
import { agentParts } from "../kubernetes/agent-parts.ts";

const perTeam = 500;
const atOnce = 32;
const idleMs = 20_000;

const id = (kind: string, n: number) => `${kind}_${String(n).padStart(16, "0")}`;
const workloadOf = (n: number, generation: number): Workload =>
  Workload.parse({
    version: 1,
    tenant: id("tnt", Math.floor(n / perTeam)),
    application: id("app", n),
    applicationName: "bench",
    component: id("cmp", n),
    componentName: "web",
    generation,
    release: id("rel", generation),
    releaseNumber: generation,
    artifact: { kind: "image", reference: `localhost/busybox:${generation}`, digest: null, command: null, variables: {} },
    configuration: {
      command: "httpd -f -p 3000",
      ports: [{ port: 3000, protocol: "http", internal: true, external: true }],
      replicas: 0,
      graceSeconds: 10,
      resources: { memoryMib: 64, cpuMillis: 100 },
      dependencies: [],
      health: { kind: "http", path: "/", intervalSeconds: 10, timeoutSeconds: 2, failuresMax: 3, startSeconds: 20 },
    },
    variables: { GREETING: "hello" },
    bindings: [],
    hosts: [],
    restart: 0,
    wanted: "running",
  });

const millis = (since: number): number => Math.round(performance.now() - since);
const say = (what: string, value: string): void => console.log(`${what.padEnd(48)} ${value}`);

async function inTurns(items: readonly Workload[], work: (item: Workload) => Promise<void>): Promise<void> {
  const rest = [...items];
  const one = async () => {
    for (let item = rest.shift(); item; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

export async function schedulerBench(): Promise<void> {
  const kubeconfig = process.env.PLUVIA_TEST_KUBECONFIG;
  if (!kubeconfig) return console.log("skipped: PLUVIA_TEST_KUBECONFIG names no cluster");
  const count = Number(process.env.PLUVIA_BENCH_COMPONENTS ?? 1_000);
  const wanted = Array.from({ length: count }, (_, n) => workloadOf(n, 1));
  const client = kubernetesClient(transport(kubeConfigOf(readFileSync(kubeconfig, "utf8"))));
  const home = mkdtempSync(join(tmpdir(), "pluvia-bench-"));
  const cluster = await kubernetesCluster(agentParts({ client, dataCenter: id("dc", 1), home }));
  try {
    let began = performance.now();
    await inTurns(wanted, cluster.apply);
    say(`${count} components accepted`, `${millis(began)} ms`);
    const isSettled = async () => (await cluster.observe()).filter((o) => o.phase === "settled").length === count;
    while (!(await isSettled())) await wait(500);
    say("… and all of them made so", `${millis(began)} ms`);

    const controller = {
      desired: async () => ({ workloads: wanted, gone: [], held: [], complete: true }),
      observe: () => cluster.observe(),
      plan,
      apply: async () => {
        throw new Error("there is nothing to do");
      },
      report: async (outcome: { kind: string; failed?: readonly unknown[] }) => {
        if (outcome.kind === "blind" || outcome.failed?.length) throw new Error(JSON.stringify(outcome));
      },
    };
    const checks: number[] = [];
    for (let time = 0; time < 5; time++) {
      began = performance.now();
      await reconcileOnce(controller);
      checks.push(millis(began));
    }
    say("G18 every component re-checked (goal 5,000 ms at 10,000)", `${checks.sort((a, b) => a - b)[2]} ms`);

    const patches: number[] = [];
    for (let time = 0; time < 10; time++) {
      const changed = workloadOf(time, 2);
      const ref = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: nameFor(changed.component), namespace: namespaceFor(changed.tenant) },
      };
      const isPatched = async () => JSON.stringify(await client.get<KubernetesObject>(ref)).includes("busybox:2");
      began = performance.now();
      await cluster.apply(changed);
      while (!(await isPatched()));
      patches.push(millis(began));
    }
    say("G18 one change until its patch (goal 20 ms)", `${patches.sort((a, b) => a - b)[5]} ms`);

    await wait(10_000);
    const before = process.cpuUsage();
    await wait(idleMs);
    const used = process.cpuUsage(before);
    say("G18 idle, of a core (goal 1 %)", `${((used.user + used.system) / 10 / idleMs).toFixed(2)} %`);
    say("G18 memory (goal 80 MB)", `${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
  } finally {
    cluster.close();
    const teams = new Set(wanted.map(({ tenant }) => namespaceFor(tenant)));
    for (const name of teams)
      await client.remove({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, { propagation: "Background" });
    client.transport.close();
    rmSync(home, { recursive: true, force: true });
  }
}
