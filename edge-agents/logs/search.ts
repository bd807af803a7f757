import type { LogLine } from "../../shared/contract/agent.ts";
import type { ComponentLog } from "./component-log.ts";
import { entryOf } from "./read.ts";
import { type LogRecord, parseRecord, parseRecords } from "./record.ts";
import { readAt, type Segment, sizeOf } from "./segments.ts";

export type Matches = (text: string) => boolean;

/** Contains the text, capital letters or not. */
export function matcher(search: string): Matches {
  const wanted = search.toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}

/** Letters outside ASCII change their bytes with their case: those are looked for line by line. */
const bytesTell = (search: string): boolean =>
  [...search].every((char) => char < "\u0080" || char.toLowerCase() === char.toUpperCase());

/** Of a text as bytes, one char each. Compiled, this looks through 700 MB a second; small letters made first, 150. */
const patternOf = (search: string): RegExp =>
  new RegExp(
    Buffer.from(search)
      .toString("latin1")
      .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"),
    "gi",
  );

/** Records whose bytes match, without looking at the others. */
function* candidates(bytes: Buffer, pattern: RegExp): Generator<LogRecord> {
  const text = bytes.toString("latin1");
  for (let hit = pattern.exec(text); hit !== null; hit = pattern.exec(text)) {
    const from = text.lastIndexOf("\n", hit.index) + 1;
    const to = text.indexOf("\n", hit.index);
    if (to < 0) return;
    const record = parseRecord(bytes, from, to);
    if (record !== undefined) yield record;
    pattern.lastIndex = to + 1;
  }
}

const recordsIn = (bytes: Buffer, search: string): Iterable<LogRecord> =>
  bytesTell(search) ? candidates(bytes, patternOf(search)) : parseRecords(bytes).records;

/** Looked through at once, then others may work: some 2 ms. Much more than a record. */
const windowBytes = 1024 * 1024;

/** The whole records of a segment in windows, the newest first. */
function* windows(segment: Segment): Generator<Buffer> {
  for (let end = sizeOf(segment.path); end > 0; ) {
    const start = Math.max(0, end - windowBytes);
    const bytes = readAt(segment.path, start, end - start);
    // A record that begins before the window belongs to the next one.
    const from = start === 0 ? 0 : bytes.indexOf("\n") + 1;
    yield bytes.subarray(from);
    end = start + from;
    if (bytes.length === 0 || (start > 0 && from === 0)) return;
  }
}

/** The newest `limit` lines that contain `search` and are older than `before`, oldest first. Reads no further back than it must. */
export async function newestMatches(
  log: ComponentLog,
  options: { search: string; before: number; limit: number; cancelled: () => boolean },
): Promise<readonly LogLine[]> {
  const { search, before, limit, cancelled } = options;
  if (limit === 0) return [];
  const matches = matcher(search);
  const linesIn = (bytes: Buffer): LogLine[] =>
    [...recordsIn(bytes, search)].flatMap((record) => {
      const entry = record.sequence < before ? entryOf(log, record) : undefined;
      return entry !== undefined && "line" in entry && matches(entry.line.text) ? [entry.line] : [];
    });
  let found: LogLine[] = [];
  for (const segment of log.segments().toReversed()) {
    if (segment.first >= before) continue;
    for (const bytes of windows(segment)) {
      found = [...linesIn(bytes), ...found].slice(-limit);
      if (found.length >= limit || cancelled()) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  return found;
}
