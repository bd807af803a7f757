import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type LogRecord, parseRecord, parseRecords, recordBytesMax } from "./record.ts";

export interface Segment {
  /** Sequence of the first record it may hold. */
  readonly first: number;
  readonly path: string;
}

/** 16 digits of base 10, so that names sort as numbers. */
const nameOf = (first: number): string => `${String(first).padStart(16, "0")}.log`;
const namePattern = /^\d{16}\.log$/;
const lineFeed = 10;

export function listSegments(folder: string): Segment[] {
  return readdirSync(folder)
    .filter((name) => namePattern.test(name))
    .sort()
    .map((name) => ({ first: Number(name.slice(0, 16)), path: join(folder, name) }));
}

/** Bytes of a file from a place on; fewer at its end, none when the file is gone. */
export function readAt(path: string, offset: number, length: number): Buffer {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const bytes = Buffer.allocUnsafe(Math.min(length, Math.max(0, fstatSync(file).size - offset)));
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(file);
  }
}

export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** First whole record at or after `offset`, and where it begins. */
function recordFrom(path: string, offset: number): { record: LogRecord; at: number } | undefined {
  // From one byte before, so that a record that begins at `offset` is found.
  const begin = Math.max(0, offset - 1);
  const bytes = readAt(path, begin, 2 * recordBytesMax);
  const from = offset === 0 ? 0 : bytes.indexOf(lineFeed) + 1;
  const to = bytes.indexOf(lineFeed, from);
  if (to < 0 || (offset > 0 && from === 0)) return undefined;
  const record = parseRecord(bytes, from, to);
  return record && { record, at: begin + from };
}

/** Where the first record after `after` begins, by halving: O(log size) small reads. */
export function offsetAfter(path: string, after: number): number {
  let low = 0;
  let high = sizeOf(path);
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = recordFrom(path, middle);
    if (found === undefined || found.record.sequence > after) high = middle;
    else low = found.at + 1;
  }
  return recordFrom(path, low)?.at ?? sizeOf(path);
}

/** The file that records are appended to. */
export interface Appender {
  readonly first: number;
  size(): number;
  /** All of `bytes` or nothing. @throws the error of write (ENOSPC). */
  append(bytes: Buffer): void;
  close(): void;
}

export function openAppender(folder: string, first: number): Appender {
  const file = openSync(join(folder, nameOf(first)), "a", 0o600);
  let size = fstatSync(file).size;
  return {
    first,
    size: () => size,
    append(bytes) {
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done);
      } catch (error) {
        ftruncateSync(file, size);
        throw error;
      }
      size += bytes.length;
    },
    close: () => closeSync(file),
  };
}

/** The records of the newest segment after `after`; what a crash left half written at its end is cut off. */
export function recover(segment: Segment, after: number): readonly LogRecord[] {
  const offset = offsetAfter(segment.path, after);
  const bytes = readAt(segment.path, offset, sizeOf(segment.path));
  const { records, length } = parseRecords(bytes);
  if (length < bytes.length) {
    const file = openSync(segment.path, "r+");
    ftruncateSync(file, offset + length);
    closeSync(file);
  }
  return records;
}

/** Removes all but the newest that were not written to for `ageMs`; answers those that stay. */
export function dropOld(segments: readonly Segment[], ageMs: number, now: number): Segment[] {
  const old = segments
    .slice(0, -1)
    .filter((segment) => now - (statSync(segment.path, { throwIfNoEntry: false })?.mtimeMs ?? now) > ageMs);
  for (const segment of old) removeSegment(segment);
  return segments.filter((segment) => !old.includes(segment));
}

export const makeFolder = (folder: string): void => void mkdirSync(folder, { recursive: true, mode: 0o700 });
export const removeSegment = (segment: Segment): void => unlinkSync(segment.path);
