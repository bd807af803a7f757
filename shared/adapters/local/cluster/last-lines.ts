import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

const tailBytes = 4_096;
const linesMax = 20;

export interface Said {
  readonly out: number;
  readonly err: number;
}
const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
/** How much was said so far, to tell apart what comes next. */
export const saidSoFar = (files: { out: string; err: string }): Said => ({ out: sizeOf(files.out), err: sizeOf(files.err) });

/** What was written after `from` bytes; everything when the file was truncated since. */
function tailOf(path: string, from: number): string {
  if (!existsSync(path)) return "";
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size < from ? size : size - from, tailBytes));
    const read = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.subarray(0, read).toString("utf8");
  } finally {
    closeSync(file);
  }
}

/** The last lines of what it said before it ended, without control characters: errors first, else ordinary output. */
export function lastLinesOf(files: { out: string; err: string }, before: Said): string {
  const said = tailOf(files.err, before.err).trim() || tailOf(files.out, before.out).trim();
  const lines = stripVTControlCharacters(said)
    .replace(/[^\P{C}\n\t]/gu, "")
    .split("\n");
  return lines.slice(-linesMax).join("\n").slice(-2_000);
}
