import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { inTurn } from "./ratio.ts";

const project = path.resolve(import.meta.dirname, "../..");
const functions = path.join(project, "dist/package/functions");
const rounds = 9;
const goalMs = 60;

const run = (args: readonly string[]): void => {
  const { stderr, status } = spawnSync(process.execPath, args, { cwd: project, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
};
/** From the start of a process to the end of its script. */
const processMs = async (script: string): Promise<number> => {
  const started = performance.now();
  run(["--input-type=module", "-e", script]);
  return performance.now() - started;
};
/** What importing takes above a process that does nothing. */
async function aboveBareNode(module: string): Promise<number> {
  const { ours, theirs } = await inTurn(
    rounds,
    () => processMs(`await import(${JSON.stringify(module)});`),
    () => processMs(""),
  );
  return ours - theirs;
}

/** G16: how long the start of a packaged function takes, and what it loads for that. `npm run package` tells what it may load in all. */
export async function functionsBench(): Promise<void> {
  run(["infra/tools/package.ts"]);
  const files = readdirSync(functions, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".mjs"));
  const taken: number[] = [];
  for (const file of files) {
    const ms = await aboveBareNode(path.join(functions, file));
    taken.push(ms);
    const kib = Math.ceil(statSync(path.join(functions, file)).size / 1_024);
    console.log(`${file.padEnd(32)} ${String(kib).padStart(4)} KiB to begin with, ready after ${ms.toFixed(0)} ms`);
  }
  console.log(
    `the SDK's client of DynamoDB, which the first read loads: ${(await aboveBareNode("@aws-sdk/client-dynamodb")).toFixed(0)} ms`,
  );
  console.log(`G16: the slowest function is ready ${Math.max(...taken).toFixed(0)} ms above bare node; the goal is ${goalMs} ms`);
}
