import type { LogLine } from "../../shared/contract/agent.ts";
import type { ComponentLog } from "./component-log.ts";
import { entryOf } from "./read.ts";
import { type LogRecord, parseRecord, parseRecords } from "./record.ts";
import { readAt, sizeOf } from "./segments.ts";

export type Matches = (text: string) => boolean;

/** Contains the text, capital letters or not. */
export function matcher(search: string): Matches {
  const wanted = search.toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}

/** Letters outside ASCII change their bytes with their case: those are looked for line by line. */
const bytesTell = (search: string): boolean =>
  [...search].every((char) => char < "\u0080" || char.toLowerCase() === char.toUpperCase());

/** Records whose bytes contain `wanted` (small letters, one char a byte), without looking at the others. */
function* candidates(bytes: Buffer, wanted: string): Generator<LogRecord> {
  const text = bytes.toString("latin1").toLowerCase();
  for (let hit = text.indexOf(wanted); hit >= 0; ) {
    const from = text.lastIndexOf("\n", hit) + 1;
    const to = text.indexOf("\n", hit);
    if (to < 0) return;
    const record = parseRecord(bytes, from, to);
    if (record !== undefined) yield record;
    hit = text.indexOf(wanted, to + 1);
  }
}

const recordsIn = (bytes: Buffer, search: string): Iterable<LogRecord> =>
  bytesTell(search) ? candidates(bytes, Buffer.from(search.toLowerCase()).toString("latin1")) : parseRecords(bytes).records;

/** The newest `limit` lines that contain `search` and are older than `before`, oldest first. Looks at the newest segment first and lets others work between two segments. */
export async function newestMatches(
  log: ComponentLog,
  options: { search: string; before: number; limit: number; cancelled: () => boolean },
): Promise<readonly LogLine[]> {
  const { search, before, limit, cancelled } = options;
  const matches = matcher(search);
  const found: LogLine[] = [];
  for (const segment of log.segments().toReversed()) {
    if (segment.first >= before) continue;
    const here: LogLine[] = [];
    for (const record of recordsIn(readAt(segment.path, 0, sizeOf(segment.path)), search)) {
      const entry = record.sequence < before ? entryOf(log, record) : undefined;
      if (entry !== undefined && "line" in entry && matches(entry.line.text)) here.push(entry.line);
    }
    found.unshift(...here.slice(-(limit - found.length)));
    if (found.length >= limit || cancelled()) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return found;
}
