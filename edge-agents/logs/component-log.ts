import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { joined, type Known } from "./known.ts";
import { type Chunk, recordOf, recordsOf } from "./record.ts";
import {
  type Appender,
  dropOld,
  listSegments,
  makeFolder,
  openAppender,
  recover,
  removeSegment,
  type Segment,
  sizeOf,
} from "./segments.ts";

export interface Limits {
  /** Of one component's history; the oldest segment is dropped first. */
  readonly bytesMax: number;
  readonly segmentBytes: number;
  readonly ageMs: number;
}
/** 100 MB hold about a million lines: days of most applications. Twelve segments make the loss of the oldest a small one. */
export const usualLimits: Limits = { bytesMax: 100_000_000, segmentBytes: 8_000_000, ageMs: 30 * 24 * 3_600_000 };

const Source = z.object({
  number: z.int(),
  path: z.string(),
  file: z.string(),
  instance: z.string(),
  stream: z.enum(["out", "err"]),
  position: z.int(),
  last: z.int(),
});
/** A file that was or is read. `file` tells it from another file at the same path. `position`: read up to here. `last`: sequence of its last line. */
export type Source = z.infer<typeof Source>;
const State = z.object({ version: z.literal(1), sequence: z.int(), nextSource: z.int(), sources: z.array(Source) });

/** Sources nothing refers to are forgotten when there are more than this; each takes about 200 bytes of a file that is written whole. */
const sourcesMax = 64;

/** After a crash at most this much is read again to know where everything stood: some 10 ms. */
const checkpointBytes = 1_000_000;

/** The history of one component on disk. One process writes it. All calls are synchronous: the page cache answers in microseconds. */
export interface ComponentLog {
  /** Sequence of the newest record; 0 when there never was one. */
  last(): number;
  /** Everything before this is gone. */
  first(): number;
  segments(): readonly Segment[];
  /** Finds or adds a file to read from. */
  source(file: { path: string; file: string; instance: string; stream: "out" | "err" }): Source;
  instanceOf(source: number): string | null;
  /** Stores the lines of `bytes`, which begin at the source's position. Answers how much is dealt with. @throws the error of write. */
  take(source: Source, bytes: Buffer, at: number, flush: boolean): number;
  /** Counts `lines` of the source as lost and goes on at `position`. */
  skip(source: Source, lines: number, position: number, at: number, why: string): void;
  /** The source was emptied by somebody: it is read from its start. */
  rewind(source: Source): void;
  say(text: string, at: number, known?: Known): void;
  prune(now: number): void;
  /** @throws the error of write; how far was read is known by the newest lines all the same. */
  close(): void;
  /** Closes it, and all of it goes. */
  remove(): void;
}

type State = z.infer<typeof State>;

function readState(file: string, now: number): State {
  const none: State = { version: 1, sequence: 0, nextSource: 1, sources: [] };
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return none;
    throw error;
  }
  // Nobody waits until it is on the disk, so a loss of power may take it. Sources are then numbered from beyond all numbers that were given before.
  return parsed(text) ?? { ...none, nextSource: Math.floor(now / 1_000) };
}
function parsed(text: string): State | undefined {
  try {
    return State.parse(JSON.parse(text));
  } catch (error) {
    process.emitWarning(`The state of a log cannot be read: files are read from their start. ${String(error)}`, {
      code: "LOG_STATE",
    });
    return undefined;
  }
}

export function componentLog(folder: string, limits: Limits, changed: () => void): ComponentLog {
  makeFolder(folder);
  const stateFile = join(folder, "state.json");
  const state = readState(stateFile, Date.now());
  const sources = new Map(state.sources.map((source) => [source.number, source]));
  let { sequence, nextSource } = state;
  let segments = listSegments(folder);
  let appender: Appender | undefined;
  let unkept = 0;

  // What the newest segment says is newer than the state, as far as it comes after it.
  const newest = segments.at(-1);
  for (const record of newest === undefined ? [] : recover(newest, sequence)) {
    sequence = record.sequence;
    const source = sources.get(record.source);
    if (source !== undefined) Object.assign(source, { position: record.end, last: record.sequence });
  }
  sequence = Math.max(sequence, (newest?.first ?? 1) - 1);

  const first = () => segments[0]?.first ?? sequence + 1;
  const forget = () => {
    const idle = [...sources.values()].filter((source) => source.last < first()).slice(0, Math.max(0, sources.size - sourcesMax));
    for (const source of idle) sources.delete(source.number);
  };
  const keep = () => {
    forget();
    const kept = { version: 1, sequence, nextSource, sources: [...sources.values()] };
    writeFileSync(`${stateFile}.new`, JSON.stringify(kept), { mode: 0o600 });
    renameSync(`${stateFile}.new`, stateFile);
    unkept = 0;
  };

  const trim = () => {
    let bytes = segments.reduce((sum, segment) => sum + sizeOf(segment.path), 0);
    while (bytes > limits.bytesMax && segments.length > 1) {
      const [oldest] = segments.splice(0, 1);
      if (oldest === undefined) return;
      bytes -= sizeOf(oldest.path);
      removeSegment(oldest);
    }
  };
  const open = (): Appender => {
    appender ??= openAppender(folder, segments.at(-1)?.first ?? sequence + 1);
    if (appender.size() >= limits.segmentBytes) {
      // The state must say what the full segment says before that is no longer the newest.
      keep();
      appender.close();
      // Beginning a segment may fail (a full disk): a closed file must not be closed again, its number may be another's.
      appender = undefined;
      appender = openAppender(folder, sequence + 1);
    }
    if (segments.at(-1)?.first !== appender.first) {
      segments = listSegments(folder);
      trim();
    }
    return appender;
  };
  const write = (bytes: Buffer, count: number) => {
    if (unkept > checkpointBytes) keep();
    open().append(bytes);
    sequence += count;
    unkept += bytes.length;
  };

  const letGo = () => {
    appender?.close();
    appender = undefined;
  };

  return {
    last: () => sequence,
    first,
    segments: () => segments,
    source(wanted) {
      const known = [...sources.values()].find((source) => source.path === wanted.path && source.file === wanted.file);
      if (known !== undefined) return known;
      const source: Source = { number: nextSource++, ...wanted, position: 0, last: sequence };
      sources.set(source.number, source);
      // Records will name it: it must be known before them.
      keep();
      return source;
    },
    instanceOf: (source) => sources.get(source)?.instance ?? null,
    take(source, bytes, at, flush) {
      let done = 0;
      for (;;) {
        const chunk: Chunk = {
          bytes: bytes.subarray(done),
          offset: source.position,
          source: source.number,
          stream: source.stream,
          at,
          sequence: sequence + 1,
          flush,
        };
        const lines = recordsOf(chunk);
        if (lines.count === 0) break;
        write(lines.bytes, lines.count);
        source.position += lines.consumed;
        source.last = sequence;
        done += lines.consumed;
      }
      if (done > 0) changed();
      return done;
    },
    skip(source, lines, position, at, why) {
      const record = {
        sequence: sequence + lines,
        at,
        kind: "g" as const,
        source: source.number,
        end: position,
        text: `${(sequence + 1).toString(36)} ${why}`,
      };
      write(recordOf(record), lines);
      source.position = position;
      source.last = sequence;
      changed();
    },
    rewind(source) {
      source.position = 0;
      keep();
    },
    say(text, at, known) {
      write(recordOf({ sequence: sequence + 1, at, kind: "p", source: 0, end: 0, text: joined(text, known) }), 1);
      changed();
    },
    prune(now) {
      segments = dropOld(segments, limits.ageMs, now);
    },
    close() {
      letGo();
      if (sequence > 0) keep();
    },
    remove() {
      letGo();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
