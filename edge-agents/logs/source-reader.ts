import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { ComponentLog, Source } from "./component-log.ts";
import type { bucket } from "./flood.ts";
import type { TeamVolumes } from "./team-volume.ts";
import { gapReasons } from "./gap-reason.ts";
import { empty, emptyBytes, punch, reclaimBytes } from "./reclaim.ts";

export interface SourceFile {
  readonly component: string;
  readonly instance: string;
  readonly stream: "out" | "err";
  readonly path: string;
  /** Its instance has ended. */
  readonly isOver?: true;
}

/** Read in one go before others have their turn. */
const turnBytes = 256 * 1024;
/** A line that stops in the middle for this long is shown as far as it is: a prompt, or a progress bar. */
const partialMs = 1_000;
const countedMs = 60_000;
const lineFeed = 10;
/** Not given back: the cluster tells the last lines of an instance that ended from its file. */
const lastWordsBytes = 64 * 1024;
/** Shared by all readers: what is in it is dealt with before another one reads. */
const buffer = Buffer.allocUnsafe(turnBytes);

/** A clock that was set back counts as time gone by. */
const isWithin = (ms: number, since: number, now: number): boolean => now >= since && now - since < ms;

const linesIn = (bytes: Buffer): number => {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) count++;
  return count;
};

/** Follows one file that somebody appends to. */
export interface SourceReader {
  readonly file: SourceFile;
  /** Reads one turn's worth. Answers whether there may be more at once. */
  read(now: number): boolean;
  /** Also what stopped in the middle of a line, if it did so a while ago (or `now` is the end of it all). */
  flush(now: number, end: boolean): void;
  /** The file's size when all of it was read; undefined while something is left. */
  readAll(): number | undefined;
  close(): void;
}

/** undefined while the file is not there. */
export function sourceReader(
  file: SourceFile,
  log: ComponentLog,
  parts: {
    readonly flood: ReturnType<typeof bucket>;
    readonly volumes: Pick<TeamVolumes, "exceeded" | "count">;
    /** Space could not be given back. */
    readonly onError: (error: unknown) => void;
  },
): SourceReader | undefined {
  const { flood, volumes } = parts;
  let fd: number;
  try {
    fd = openSync(file.path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const opened = fstatSync(fd, { bigint: true });
  // An inode is used again after a file is removed; its birth time is not.
  const source: Source = log.source({
    path: file.path,
    file: `${opened.ino}-${opened.birthtimeMs}`,
    instance: file.instance,
    stream: file.stream,
  });
  let reclaimed = source.position;
  let reclaiming = false;
  let isClosed = false;
  let partial = 0;
  let partialSince: number | undefined;

  const chunk = (size: number): Buffer => {
    const length = Math.min(buffer.length, size - source.position);
    return buffer.subarray(0, length <= 0 ? 0 : readSync(fd, buffer, 0, length, source.position));
  };

  const reclaimUpTo = async (to: number, size: number) => {
    // Tried again when some more has come, if it fails.
    reclaimed = to - reclaimBytes / 2;
    if (await punch(file.path, to)) reclaimed = to;
    else if (!isClosed && size > emptyBytes && source.position >= fstatSync(fd).size) {
      empty(file.path);
      log.rewind(source);
      reclaimed = 0;
    }
  };
  const reclaim = (size: number) => {
    if (reclaiming || source.position - reclaimed < reclaimBytes) return;
    reclaiming = true;
    reclaimUpTo(source.position - lastWordsBytes, size)
      .catch(parts.onError)
      .finally(() => {
        reclaiming = false;
      });
  };

  const notePartial = (bytes: number, anew: boolean, now: number) => {
    if (bytes === 0) partialSince = undefined;
    else if (anew || bytes !== partial) partialSince = now;
    partial = bytes;
  };

  /** A flood is counted, not kept. The end of its last line is left, so that a line is either kept or lost. */
  const drop = (bytes: Buffer, now: number, why: string): boolean => {
    const whole = bytes.lastIndexOf(lineFeed) + 1;
    if (whole === 0) return false;
    log.skip(source, linesIn(bytes.subarray(0, whole)), source.position + whole, now, why);
    return true;
  };

  let droppedAt = Number.NEGATIVE_INFINITY;
  /** What a team may not log any more today is counted, a minute's worth at a time: else the counts would be as much as the lines. */
  const overVolume = (bytes: Buffer, now: number): boolean => {
    if (bytes.length < turnBytes && isWithin(countedMs, droppedAt, now)) return false;
    droppedAt = now;
    return drop(bytes, now, gapReasons.volume);
  };

  return {
    file,
    read(now) {
      const { size, mtimeMs } = fstatSync(fd);
      if (size < source.position) log.rewind(source);
      const bytes = chunk(size);
      if (bytes.length === 0) return false;
      if (!flood.take(bytes.length, now) && drop(bytes, now, gapReasons.fast)) return true;
      if (volumes.exceeded(file.component, bytes.length, now)) return overVolume(bytes, now);
      const taken = log.take(source, bytes, Math.min(now, Math.round(mtimeMs)), false);
      volumes.count(file.component, taken, now);
      notePartial(bytes.length - taken, taken > 0, now);
      reclaim(size);
      return taken > 0 && source.position < size;
    },
    flush(now, end) {
      if (partialSince === undefined || (!end && isWithin(partialMs, partialSince, now))) return;
      const bytes = chunk(fstatSync(fd).size);
      const isOver = volumes.exceeded(file.component, bytes.length, now);
      // Counted with what follows, or now if nothing will.
      if (isOver && !end) return;
      if (isOver) log.skip(source, linesIn(bytes) + 1, source.position + bytes.length, now, gapReasons.volume);
      else volumes.count(file.component, log.take(source, bytes, now, true), now);
      partialSince = undefined;
    },
    readAll() {
      const { size } = fstatSync(fd);
      return partialSince === undefined && source.position === size ? size : undefined;
    },
    close() {
      isClosed = true;
      closeSync(fd);
    },
  };
}
