import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import path from "node:path";
import { quantile } from "./ratio.ts";

const project = path.resolve(import.meta.dirname, "../..");
const functions = path.join(project, "dist/package/functions");
const rounds = 11;
const goalMs = 60;

interface Cost {
  readonly wallMs: number;
  /** User and system time of the process: what other processes of the machine do does not change it much. */
  readonly cpuMs: number;
}

/** From the start of a process to the end of its script. */
function costOf(script: string): Cost {
  const started = performance.now();
  const told = `${script}\nconst { user, system } = process.cpuUsage(); console.log(user + system);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", told], {
    cwd: project,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return { wallMs: performance.now() - started, cpuMs: Number(stdout) / 1_000 };
}

/** What importing takes above a process that does nothing: the median of pairs that ran one after the other. */
function aboveBareNode(module: string): Cost {
  const pairs = Array.from({ length: rounds }, () => {
    const [ours, bare] = [costOf(`await import(${JSON.stringify(module)});`), costOf("")];
    return { wallMs: ours.wallMs - bare.wallMs, cpuMs: ours.cpuMs - bare.cpuMs };
  });
  const median = (values: number[]) => quantile(values, 0.5);
  return { wallMs: median(pairs.map((pair) => pair.wallMs)), cpuMs: median(pairs.map((pair) => pair.cpuMs)) };
}
const shown = ({ wallMs, cpuMs }: Cost): string => `${wallMs.toFixed(0)} ms (${cpuMs.toFixed(0)} ms of a processor)`;

/** G16: how long the start of a packaged function takes, and what it loads for that. `npm run package` tells what it may load in all. */
export async function functionsBench(): Promise<void> {
  const { status } = spawnSync(process.execPath, ["infra/tools/package.ts"], { cwd: project, stdio: "ignore" });
  if (status !== 0) throw new Error("npm run package fails");
  const files = readdirSync(functions, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".mjs"));
  const taken: Cost[] = [];
  console.log(`processes that wait for one of ${availableParallelism()} processors: ${loadavg()[0]?.toFixed(1)} at the start`);
  for (const file of files) {
    const cost = aboveBareNode(path.join(functions, file));
    taken.push(cost);
    const kib = Math.ceil(statSync(path.join(functions, file)).size / 1_024);
    console.log(`${file.padEnd(32)} ${String(kib).padStart(4)} KiB to begin with, ready after ${shown(cost)}`);
  }
  console.log(`the SDK's client of DynamoDB, which the first read loads: ${shown(aboveBareNode("@aws-sdk/client-dynamodb"))}`);
  const slowest = { wallMs: Math.max(...taken.map((one) => one.wallMs)), cpuMs: Math.max(...taken.map((one) => one.cpuMs)) };
  console.log(`G16: the slowest function is ready ${shown(slowest)} above bare node; the goal is ${goalMs} ms`);
}
