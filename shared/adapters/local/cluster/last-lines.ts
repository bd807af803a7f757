import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

const tailBytes = 4_096;
const linesMax = 6;

function tailOf(path: string): string {
  if (!existsSync(path)) return "";
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const buffer = Buffer.alloc(Math.min(size, tailBytes));
    const read = readSync(file, buffer, 0, buffer.length, size - buffer.length);
    return buffer.subarray(0, read).toString("utf8");
  } finally {
    closeSync(file);
  }
}

/** The last lines of what it said before it ended, without control characters: errors first, else ordinary output. */
export function lastLinesOf(files: { out: string; err: string }): string {
  const said = tailOf(files.err).trim() || tailOf(files.out).trim();
  const lines = stripVTControlCharacters(said).replace(/[^\P{C}\n\t]/gu, "").split("\n");
  return lines.slice(-linesMax).join("\n").slice(-1_000);
}
