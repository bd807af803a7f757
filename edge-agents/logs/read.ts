import type { LogLine } from "../../shared/contract/agent.ts";
import type { ComponentLog } from "./component-log.ts";
import { parted } from "./known.ts";
import { type LogRecord, parseRecords, recordBytesMax } from "./record.ts";
import { offsetAfter, readAt, type Segment } from "./segments.ts";
import { gapCodeOf } from "./gap-reason.ts";

/** Lines that are gone for good. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly code: string;
}
export type Entry = { readonly line: LogLine } | { readonly gap: Gap };

const streams = { o: "out", O: "out", e: "err", E: "err", p: "platform" } as const;

/** Bytes that are not UTF-8 become U+FFFD. */
export function entryOf(log: ComponentLog, record: LogRecord): Entry {
  const text = record.text.toString("utf8");
  if (record.kind === "g") return { gap: gapOf(record.sequence, text) };
  const line: LogLine = {
    sequence: record.sequence,
    at: new Date(record.at).toISOString(),
    stream: streams[record.kind],
    instance: log.instanceOf(record.source),
    ...(record.kind === "p" ? parted(text) : { text }),
    ...(record.kind === "O" || record.kind === "E" ? { continues: true } : {}),
  };
  return { line };
}

function gapOf(to: number, text: string): Gap {
  const [from = "", ...why] = text.split(" ");
  const reason = why.join(" ");
  return { from: Number.parseInt(from, 36), to, reason, code: gapCodeOf(reason) };
}

/** What came after `after` and was dropped before it could be read. */
export function droppedAfter(log: ComponentLog, after: number): Gap | undefined {
  const first = log.first();
  return first > after + 1
    ? { from: after + 1, to: first - 1, code: "gap.dropped", reason: "older lines were dropped to save space" }
    : undefined;
}

/** Enough for the longest record, and a good size for one read. */
const readBytes = 64 * 1024 + recordBytesMax;

/** Reads forward at the reader's own pace, from disk. Several may read one log. */
export interface Cursor {
  /** What comes next, in order; empty at the present end. */
  next(): readonly Entry[];
  /** Sequence of the newest thing that `next` answered. */
  position(): number;
}

export function cursorAfter(log: ComponentLog, after: number): Cursor {
  let position = after;
  let place: { segment: Segment; offset: number } | undefined;

  const find = (): void => {
    const segment = log.segments().findLast((each) => each.first <= position + 1);
    place = segment && { segment, offset: offsetAfter(segment.path, position) };
  };
  /** Whole records at the place; goes on to the next segment at the end of one. */
  const records = (): readonly LogRecord[] => {
    for (;;) {
      if (place === undefined) return [];
      const found = parseRecords(readAt(place.segment.path, place.offset, readBytes));
      place.offset += found.length;
      if (found.records.length > 0) return found.records;
      const { first } = place.segment;
      const later = log.segments().find((each) => each.first > first);
      if (later === undefined) return [];
      place = { segment: later, offset: 0 };
    }
  };
  /** What is in no segment, though there was something after it, went with the machine or its disk: the last to be written is the first to go. */
  const lost = (to: number): Entry[] => {
    const from = position + 1;
    const reason = "they were lost when the machine or its disk failed";
    return from > to ? [] : [{ gap: { from, to, code: "gap.lost", reason } }];
  };
  const entriesOf = (record: LogRecord): Entry[] => {
    const entry = entryOf(log, record);
    const before = lost(("gap" in entry ? entry.gap.from : record.sequence) - 1);
    position = record.sequence;
    return [...before, entry];
  };
  return {
    next() {
      const gap = droppedAfter(log, position);
      if (gap !== undefined) {
        position = gap.to;
        place = undefined;
        return [{ gap }];
      }
      if (position >= log.last()) return [];
      if (place === undefined) find();
      const found = records()
        .filter((record) => record.sequence > position)
        .flatMap(entriesOf);
      if (found.length > 0) return found;
      const rest = lost(log.last());
      position = log.last();
      return rest;
    },
    position: () => position,
  };
}
