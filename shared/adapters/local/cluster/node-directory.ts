import { spawnSync } from "node:child_process";
import { dirname } from "node:path";
import { machinePath } from "./environment.ts";
import { programOf } from "./program.ts";

/** Older ones lack what current packages take for granted. */
export const nodeMajorMin = 20;

/** Where the platform's own Node lies, when the machine has none or one too old; null when the machine's will do. */
export function nodeDirectoryFor(path: string): string | null {
  const found = programOf("node", { path: machinePath(path), directory: "/" });
  if (!found) return dirname(process.execPath);
  const told = spawnSync(found, ["--version"], { encoding: "utf8", timeout: 5_000 }).stdout ?? "";
  return Number(/^v(\d+)\./.exec(told)?.[1] ?? 0) >= nodeMajorMin ? null : dirname(process.execPath);
}
