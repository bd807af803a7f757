// G18: the scheduler of a data center, as a process of its own from the bundle that ships, against a real API server: PLUVIA_TEST_KUBECONFIG names it,
// PLUVIA_BENCH_COMPONENTS says how many components (1,000). Nothing needs to run: all have 0 instances. The peer is kubectl, on the same objects.
import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { build } from "esbuild";
import { memoryEnvironment, memoryFlags } from "../../infra/images/memory-flags.ts";
import { type Client, kubernetesClient } from "../../shared/adapters/kubernetes/client.ts";
import { kubeconfig } from "../../shared/adapters/kubernetes/kubeconfig.ts";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { labels, nameFor } from "../../shared/adapters/kubernetes/render/names.ts";
import { transport } from "../../shared/adapters/kubernetes/transport.ts";
import type { DesiredChange } from "../../shared/contract/agent.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { perSecond, quantile, rate } from "./ratio.ts";
import { type Container, container, unreadNode } from "./scheduler/container.ts";
import { changesOf, dataCenter } from "./scheduler/workloads.ts";

/** `restMs`: for memory of what was done before to be given back, which is no part of being idle. */
const [restMs, idleMs, changes, peers] = [150_000, 120_000, 20, 20];
const say = (what: string, value: string): void => console.log(`${what.padEnd(62)} ${value}`);
const medianAndWorst = (times: readonly number[]): string => `${ms(quantile(times, 0.5))}, ${ms(Math.max(...times))}`;
const ms = (value: number): string => `${Math.round(value).toLocaleString("en")} ms`;

interface Agent {
  readonly process: ChildProcess;
  ask<T>(what: string, given?: object): Promise<T>;
}

async function bundled(folder: string): Promise<string> {
  const outfile = path.join(folder, "agent.mjs");
  await build({
    entryPoints: ["test/bench/scheduler/process.ts"],
    outfile,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node24",
    banner: { js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);' },
    logLevel: "warning",
  });
  return outfile;
}

interface Program {
  readonly bundle: string;
  readonly node: string;
  readonly container: Container | null;
}
/** With the memory settings of the agents' image. */
async function started({ bundle, node, container }: Program, file: string, home: string): Promise<Agent> {
  const [execPath, ...execArgv] = [...(container?.shell ?? []), node, ...memoryFlags];
  const env = { ...process.env, ...memoryEnvironment };
  const child = fork(bundle, [file, home, dataCenter], { execPath, execArgv, env });
  const waiting = new Map<number, (answer: unknown) => void>();
  let count = 0;
  const ready = new Promise((resolve) => waiting.set(0, resolve));
  child.on("message", ({ id, answer }: { id: number; answer: unknown }) => waiting.get(id)?.(answer));
  await Promise.race([ready, once(child, "exit").then(() => Promise.reject(new Error("the agent ended")))]);
  return {
    process: child,
    ask: <T>(ask: string, given?: object) =>
      new Promise<T>((resolve) => {
        const id = ++count;
        waiting.set(id, resolve as (answer: unknown) => void);
        child.send({ id, ask, given });
      }),
  };
}

/** From the moment a change is known until the patch of its Deployment is sent, and until the Deployment has it, as a watch tells. */
async function patched(client: Client, agent: Agent, change: DesiredChange, n: number): Promise<{ sent: number; taken: number }> {
  const { component, generation } = change;
  const watching = new AbortController();
  const kind = { apiVersion: "apps/v1", kind: "Deployment" };
  const selection = { labels: { [labels.component]: component } };
  const { resourceVersion } = await client.list(kind, selection);
  const stream = await client.transport.stream({
    method: "GET",
    path: await client.pathOf(kind, selection),
    query: { watch: true, resourceVersion, labelSelector: `${labels.component}=${component}` },
    signal: watching.signal,
  });
  const seen = (async () => {
    let text = "";
    for await (const chunk of stream) {
      text += String(chunk);
      if (text.includes(`busybox:${generation}`)) return performance.now();
    }
    return Number.NaN;
  })();
  const began = performance.now();
  await agent.ask("want", { from: n, to: n + 1, generation });
  const at = await seen;
  watching.abort();
  const sent = await agent.ask<number>("sent", { name: nameFor(component) });
  return { sent: sent - performance.timeOrigin - began, taken: at - began };
}

/** The two calls to the API server that a change takes, with nothing done in between: what no agent can be quicker than. */
async function floor(client: Client, n: number): Promise<number> {
  const [one] = changesOf(n, n + 1, 1);
  const selection = { labels: { [labels.component]: String(one?.component) } };
  const kinds = [
    ["v1", "Secret"],
    ["apps/v1", "Deployment"],
  ] as const;
  const there = await Promise.all(
    kinds.map(async ([apiVersion, kind]) => {
      const { items } = await client.list({ apiVersion, kind }, selection);
      const { name = "", namespace } = items[0]?.metadata ?? {};
      const copy = written({ ...(items[0] as KubernetesObject), apiVersion, kind }) as KubernetesObject;
      return { ...copy, metadata: { name: `${name}-floor`, ...(namespace && { namespace }) } };
    }),
  );
  for (const object of there) await client.apply(object);
  await wait(300);
  // Both are written, and the Deployment as by a release.
  const changed = (
    JSON.parse(JSON.stringify(there).replaceAll("localhost/busybox:1", "localhost/busybox:2")) as typeof there
  ).map((object) => ({ ...object, metadata: { ...object.metadata, labels: { again: "yes" } } }));
  const began = performance.now();
  for (const object of changed) await client.apply(object);
  const took = performance.now() - began;
  for (const object of there) await client.remove(object, { propagation: "Background" });
  return took;
}

async function settled(agent: Agent, count: number): Promise<void> {
  while ((await agent.ask<number>("settled")) < count) await wait(500);
}

/** CPU of the process in percent of a core, over so long. */
async function busy(agent: Agent, overMs: number): Promise<number> {
  const cpu = async () => {
    const { user, system } = await agent.ask<NodeJS.CpuUsage>("cpu");
    return (user + system) / 1_000;
  };
  const [before, began] = [await cpu(), performance.now()];
  await wait(overMs);
  return (((await cpu()) - before) / (performance.now() - began)) * 100;
}
/** Everything has been compared: it has nothing more to do. */
async function atRest(agent: Agent): Promise<void> {
  while ((await busy(agent, 1_000)) > 10);
}

const mb = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
/** `own`: of the process alone; the rest of what is resident are pages of Node's program, which all of a machine share and the system takes back when it needs room. */
function memoryOf({ process: { pid } }: Agent): { resident: string; own: string; peak: string } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kibOf = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
  const told = (name: string): string => mb(kibOf(name) * 1_024);
  return { resident: told("VmRSS"), own: told("RssAnon"), peak: told("VmHWM") };
}

/** What is left of an object when somebody writes it down to apply it. */
function written({ apiVersion, kind, metadata, ...rest }: KubernetesObject & { status?: unknown }): object {
  const { name, namespace, labels: own } = metadata;
  return { apiVersion, kind, ...rest, metadata: { name, namespace, labels: own }, status: undefined };
}

/** kubectl applies the same objects again, as tools do that re-check by applying: components a second, and one change until its patch. */
async function kubectl(client: Client, file: string, folder: string): Promise<{ perSecond: number; patchMs: number } | null> {
  const kinds = [
    ["v1", "Service"],
    ["networking.k8s.io/v1", "NetworkPolicy"],
    ["apps/v1", "Deployment"],
  ] as const;
  const lists = await Promise.all(
    changesOf(0, peers, 1).flatMap(({ component }) =>
      kinds.map(([apiVersion, kind]) => client.list({ apiVersion, kind }, { labels: { [labels.component]: component } })),
    ),
  );
  const objects = lists.flatMap(({ items }, at) => {
    const [apiVersion, kind] = kinds[at % kinds.length] ?? ["", ""];
    return items.map((item) => written({ ...item, apiVersion, kind }));
  });
  const [all, one] = [path.join(folder, "all.json"), path.join(folder, "one.json")];
  writeFileSync(all, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  writeFileSync(one, JSON.stringify(objects.at(-1)));
  const apply = async (what: string): Promise<number> => {
    const began = performance.now();
    const words = ["--kubeconfig", file, "apply", "--server-side", "--force-conflicts", "--field-manager=peer", "-f", what];
    await promisify(execFile)("kubectl", words);
    return performance.now() - began;
  };
  try {
    await apply(all);
    return {
      perSecond: perSecond(peers, await apply(all)),
      patchMs: quantile([await apply(one), await apply(one), await apply(one)], 0.5),
    };
  } catch (error) {
    console.log(`no peer: ${error instanceof Error ? error.message : error}`);
    return null;
  }
}

async function measured(client: Client, program: Program, file: string, folder: string, count: number): Promise<void> {
  const home = path.join(folder, "home");
  let agent = await started(program, file, home);
  try {
    const before = memoryOf(agent);
    say("memory before anything is known: its own, resident", `${before.own}, ${before.resident}`);
    let began = performance.now();
    await agent.ask("want", { from: 0, to: count, generation: 1 });
    await settled(agent, count);
    say(`${count} components made`, ms(performance.now() - began));
    agent.process.kill();
    await once(agent.process, "exit");

    began = performance.now();
    agent = await started(program, file, home);
    await settled(agent, count);
    await atRest(agent);
    const anew = performance.now() - began;
    say("an agent started anew has read and compared all of them", ms(anew));

    const checks: number[] = [];
    for (let time = 0; time < 5; time++) checks.push(await agent.ask<number>("check"));
    const check = quantile(checks, 0.5);
    say(`G18 a look at all ${count} (goal 5,000 ms at 10,000)`, ms(check));

    const [sent, taken, floors]: [number[], number[], number[]] = [[], [], []];
    for (const [n, change] of changesOf(0, changes, 2).entries()) {
      const times = await patched(client, agent, change, n);
      sent.push(times.sent);
      taken.push(times.taken);
      floors.push(await floor(client, changes + n));
    }
    const [patch, bare] = [quantile(taken, 0.5), quantile(floors, 0.5)];
    say("G18 one change until its patch is sent (goal 20 ms): median, worst", medianAndWorst(sent));
    say("until the API server has taken it and told so: median, worst", medianAndWorst(taken));
    say("the two calls alone that this takes: median; times that", `${ms(bare)}; ${(patch / bare).toFixed(1)}×`);

    await wait(restMs);
    say("G18 idle, of a core (goal 1 %)", `${(await busy(agent, idleMs)).toFixed(2)} %`);
    const held = memoryOf(agent);
    const counted = await program.container?.workingSetBytes();
    say(
      "G18 memory (goal 80 MB), as Kubernetes counts it",
      counted === undefined ? "not measured: that takes root" : mb(counted),
    );
    say("its own; resident with Node's program, now and at most", `${held.own}; ${held.resident}, ${held.peak}`);

    const errors = await agent.ask<readonly string[]>("errors");
    if (errors.length > 0) say(`what did not go as it should, ${errors.length} times, first`, errors[0] ?? "");

    const peer = await kubectl(client, file, folder);
    if (!peer) return;
    say("kubectl: components re-applied, one object", `${rate(peer.perSecond)}, ${ms(peer.patchMs)}`);
    const ours = perSecond(count, anew);
    console.log(
      `G18: ${(ours / peer.perSecond).toFixed(1)}× kubectl's components read and compared anew; a change in 1/${(peer.patchMs / patch).toFixed(1)} of its time (load ${loadavg()[0]?.toFixed(1)})`,
    );
  } finally {
    agent.process.kill();
    if (agent.process.exitCode === null) await once(agent.process, "exit");
  }
}

export async function schedulerBench(): Promise<void> {
  const file = process.env.PLUVIA_TEST_KUBECONFIG;
  if (!file) return console.log("skipped: PLUVIA_TEST_KUBECONFIG names no cluster");
  const count = Number(process.env.PLUVIA_BENCH_COMPONENTS ?? 1_000);
  const client = kubernetesClient(transport(kubeconfig(readFileSync(file, "utf8"))));
  const folder = await temporaryDirectory();
  const own = await container();
  try {
    const program = { bundle: await bundled(folder.path), node: await unreadNode(folder.path), container: own };
    await measured(client, program, file, folder.path, count);
  } finally {
    await own?.remove();
    const ours = await client.list({ apiVersion: "v1", kind: "Namespace" }, { labels: { [labels.dataCenter]: dataCenter } });
    for (const { metadata } of ours.items)
      await client.remove({ apiVersion: "v1", kind: "Namespace", metadata }, { propagation: "Background" });
    client.transport.close();
    await folder.remove();
  }
}
