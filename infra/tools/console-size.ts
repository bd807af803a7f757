import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { builtConsole, buildConsole } from "../local/console-build.ts";

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
}
type Manifest = Readonly<Record<string, Chunk>>;

/** What a person downloads before the sign-in page and the overview can be used; the rest comes when it is asked for. */
const first = ["index.html", "i18n/en.ts", "pages/overview.tsx"];
/** 300 KB: under two seconds on a 3G connection of 1.6 Mbit/s (WebPageTest's "3G Fast"). */
export const initialLoadMaxBytes = 300_000;

/** A chunk and all that it imports at once. */
function filesOf(manifest: Manifest, name: string, found: Set<string>): void {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`The built console has no ${name}.`);
  if (found.has(chunk.file)) return;
  found.add(chunk.file);
  for (const css of chunk.css ?? []) found.add(css);
  for (const imported of chunk.imports ?? []) filesOf(manifest, imported, found);
}

export interface Weight {
  readonly file: string;
  readonly bytes: number;
}

/** Every file of the initial load with its size in gzip, heaviest first. */
export function initialLoad(directory: string): Weight[] {
  const manifest = JSON.parse(readFileSync(path.join(directory, ".vite/manifest.json"), "utf8")) as Manifest;
  const found = new Set(["index.html"]);
  for (const name of first) filesOf(manifest, name, found);
  return [...found]
    .map((file) => ({ file, bytes: gzipSync(readFileSync(path.join(directory, file))).length }))
    .sort((a, b) => b.bytes - a.bytes);
}

export const totalOf = (weights: readonly Weight[]): number => weights.reduce((sum, { bytes }) => sum + bytes, 0);

if (import.meta.main) {
  if (!existsSync(path.join(builtConsole, ".vite/manifest.json"))) await buildConsole((text) => console.error(text));
  const weights = initialLoad(builtConsole);
  for (const { file, bytes } of weights) console.log(`${String(bytes).padStart(8)}  ${file}`);
  console.log(`${String(totalOf(weights)).padStart(8)}  of at most ${initialLoadMaxBytes}`);
  if (totalOf(weights) > initialLoadMaxBytes) process.exitCode = 1;
}
