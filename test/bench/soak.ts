// Soak: the real platform does many operations, and neither process of it grows: memory, handles, queues. PLUVIA_SOAK_SECONDS says for how long (300): the first minutes are those in which caches fill.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import WebSocket from "ws";
import type { Operation } from "../../shared/contract/operation.ts";
import { demo, deployed, ended } from "../e2e/journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { quantile } from "./ratio.ts";

const seconds = Number(process.env["PLUVIA_SOAK_SECONDS"] ?? 300);
const samplesMax = 60;

type Call = Awaited<ReturnType<typeof signUp>>["call"];
interface Sample {
  readonly operations: number;
  readonly values: Readonly<Record<string, number>>;
}

/** What may grow by chance, of what is there: a heap is collected when its owner sees fit, and a journal compacted when it has doubled. */
const allowed: Readonly<Record<string, { readonly share: number; readonly more: number }>> = {
  "MB of memory": { share: 0.2, more: 24 },
  handles: { share: 0.05, more: 6 },
  "KB of queues": { share: 1, more: 2_048 },
};

const agentsOf = (platform: number): number => {
  const children = readFileSync(`/proc/${platform}/task/${platform}/children`, "utf8").trim().split(" ").map(Number);
  const agents = children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("edge-agents"));
  if (agents === undefined) throw new Error("the agents do not run");
  return agents;
};
const residentMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;
const handles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const queuesKb = (home: string): number => {
  const files = readdirSync(home, { recursive: true, encoding: "utf8" }).filter((name) => /queue[^/]*\.db/.test(name));
  return files.reduce((sum, name) => sum + (statSync(join(home, name), { throwIfNoEntry: false })?.size ?? 0), 0) / 1_024;
};

function measured({ pid, home }: Platform): Record<string, number> {
  const agents = agentsOf(pid);
  return {
    "cloud plane: MB of memory": residentMb(pid),
    "cloud plane: handles": handles(pid),
    "agents: MB of memory": residentMb(agents),
    "agents: handles": handles(agents),
    "KB of queues": queuesKb(home),
  };
}

/** What people do all day: look, change, restart, and leave a page open for a moment. Answers how many operations that were. */
async function day(call: Call, component: string, listen: () => Promise<void>, round: number): Promise<number> {
  await Promise.all([
    call("GET", `/v1/components/${component}`),
    call("GET", "/v1/applications"),
    call("GET", `/v1/components/${component}/releases`),
    listen(),
  ]);
  const ask =
    round % 2 === 0 ? (["restart", undefined] as const) : (["scale", { replicas: 1 + (round % 4 === 1 ? 1 : 0) }] as const);
  const { operation } = await call<{ operation: Operation }>("POST", `/v1/components/${component}/${ask[0]}`, ask[1]);
  await ended(call, operation.id);
  return 5;
}

/** Of all pairs the median slope (Theil–Sen): a few odd samples change nothing. */
function slope(samples: readonly Sample[], name: string): number {
  const slopes = samples.flatMap((a, at) =>
    samples.slice(at + 1).map((b) => ((b.values[name] ?? 0) - (a.values[name] ?? 0)) / (b.operations - a.operations)),
  );
  return quantile(slopes, 0.5);
}

export async function soakBench(): Promise<void> {
  const platform = await startPlatform();
  try {
    const { call, session } = await signUp(platform.url);
    const { id } = await deployed(call, { application: "bench", name: "web", git: demo(platform.url, "node") });
    const listen = () =>
      new Promise<void>((resolve, reject) => {
        const url = `${platform.url.replace(/^http/, "ws")}/v1/realtime?team=${session.teams[0]?.id}`;
        const socket = new WebSocket(url, { headers: { authorization: `Bearer ${session.token}` } });
        socket.on("open", () => socket.close());
        socket.on("error", reject);
        socket.on("close", () => resolve());
      });
    const samples: Sample[] = [];
    let operations = 0;
    const begun = performance.now();
    const elapsed = () => (performance.now() - begun) / 1_000;
    // Caches fill and code is compiled in the first third.
    for (let round = 0; elapsed() < seconds; round++) {
      operations += await day(call, id, listen, round);
      const isDue = elapsed() > seconds / 3 && elapsed() >= seconds / 3 + (samples.length * seconds * 2) / 3 / samplesMax;
      if (isDue) samples.push({ operations, values: measured(platform) });
    }
    const [first, last] = [samples[0], samples.at(-1)];
    if (!first || !last) throw new Error("there was no time to look; set PLUVIA_SOAK_SECONDS");
    const during = last.operations - first.operations;
    console.log(
      `  ${operations} operations in ${elapsed().toFixed(0)} s, ${samples.length} looks over the last ${during} of them`,
    );
    const grown = Object.keys(first.values).filter((name) => {
      const middle = quantile(
        samples.map(({ values }) => values[name] ?? 0),
        0.5,
      );
      const growth = slope(samples, name) * during;
      const { share, more } = Object.entries(allowed).find(([what]) => name.endsWith(what))?.[1] ?? { share: 0, more: 0 };
      console.log(
        `  ${name.padEnd(28)} ${middle.toFixed(0).padStart(7)}, grown by ${growth.toFixed(1)} (allowed: ${(middle * share + more).toFixed(0)})`,
      );
      return growth > middle * share + more;
    });
    console.log(`Soak: ${grown.length === 0 ? "nothing grows" : `these grow: ${grown.join(", ")}`}`);
    if (grown.length > 0) process.exitCode = 1;
  } finally {
    await platform.stop();
    await removeHome(platform.home);
  }
}
