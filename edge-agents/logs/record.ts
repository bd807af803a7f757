/**
 * A segment is a file of records, one a line:
 *
 *     <sequence> <ms since 1970> <kind> <source> <end> <text>\n      numbers in base 36
 *
 * `end` is where in its source file the text ended: a record says by itself how far its source has been read, so whatever was
 * appended before a crash is exactly what need not be read again. The text is as the program wrote it, any bytes but a line feed.
 * Records are ordered by sequence, which makes a segment its own index.
 */
export type RecordKind = "o" | "e" | "O" | "E" | "p" | "g";
/** o, e: a line of stdout or stderr. O, E: the same, and it goes on in the next one. p: the platform says (known.ts). g: lines up to here are lost; text is `<first lost> <why>`. */
const kinds = "oeOEpg";

export interface LogRecord {
  readonly sequence: number;
  readonly at: number;
  readonly kind: RecordKind;
  readonly source: number;
  readonly end: number;
  readonly text: Buffer;
}

const lineFeed = 10;
const space = 32;
/** Longer lines are stored in pieces. Docker cuts at the same length. */
export const textBytesMax = 16 * 1024;
/** Five numbers of at most 11 digits, a letter, six separators. */
export const recordBytesMax = textBytesMax + 64;

export const recordOf = ({
  sequence,
  at,
  kind,
  source,
  end,
  text,
}: Omit<LogRecord, "text"> & { readonly text: string }): Buffer =>
  Buffer.from(
    `${sequence.toString(36)} ${at.toString(36)} ${kind} ${source.toString(36)} ${end.toString(36)} ${text.replaceAll("\n", " ")}\n`,
  );

/** A digit of base 36, or -1. */
const digit = (byte: number): number => (byte >= 48 && byte <= 57 ? byte - 48 : byte >= 97 && byte <= 122 ? byte - 87 : -1);

/** Reads a number that ends with a space. The place after it, or -1. */
function number(bytes: Buffer, from: number, to: number, found: { value: number }): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === space) {
      found.value = value;
      return at > from ? at + 1 : -1;
    }
    const d = digit(byte);
    if (d < 0) return -1;
    value = value * 36 + d;
  }
  return -1;
}

const scratch = { value: 0 };

/** The record between `from` and the line feed at `to`; undefined when it is none. */
export function parseRecord(bytes: Buffer, from: number, to: number): LogRecord | undefined {
  let place = number(bytes, from, to, scratch);
  const sequence = scratch.value;
  if (place < 0) return undefined;
  place = number(bytes, place, to, scratch);
  const at = scratch.value;
  if (place < 0 || bytes[place + 1] !== space) return undefined;
  const kind = String.fromCharCode(bytes[place] ?? 0);
  if (!kinds.includes(kind)) return undefined;
  place = number(bytes, place + 2, to, scratch);
  const source = scratch.value;
  if (place < 0) return undefined;
  place = number(bytes, place, to, scratch);
  if (place < 0) return undefined;
  return { sequence, at, kind: kind as RecordKind, source, end: scratch.value, text: bytes.subarray(place, to) };
}

/** All whole records of `bytes`, and how many bytes they take. Stops at what is no record. */
export function parseRecords(bytes: Buffer): { records: LogRecord[]; length: number } {
  const records: LogRecord[] = [];
  let from = 0;
  for (;;) {
    const to = bytes.indexOf(lineFeed, from);
    const record = to < 0 ? undefined : parseRecord(bytes, from, to);
    if (record === undefined) return { records, length: from };
    records.push(record);
    from = to + 1;
  }
}

export interface Lines {
  /** Records, ready to be appended. */
  readonly bytes: Buffer;
  readonly count: number;
  /** How much of the chunk they hold. */
  readonly consumed: number;
}

export interface Chunk {
  readonly bytes: Buffer;
  /** Where in its source it begins. */
  readonly offset: number;
  readonly source: number;
  readonly stream: "out" | "err";
  readonly at: number;
  /** The sequence of its first line. */
  readonly sequence: number;
  /** What follows the last line feed is a line too, although it may go on. */
  readonly flush: boolean;
}

const outputBytes = 2 * 1024 * 1024;
const output = Buffer.allocUnsafe(outputBytes);

/** Where the line at `from` ends and the next begins; undefined when its end is not there yet. */
function endOf(chunk: Chunk, from: number): { to: number; next: number; whole: boolean } | undefined {
  const { bytes } = chunk;
  const feed = bytes.indexOf(lineFeed, from);
  const to = feed < 0 ? bytes.length : feed;
  if (to - from > textBytesMax) return { to: from + textBytesMax, next: from + textBytesMax, whole: false };
  if (feed >= 0) return { to, next: feed + 1, whole: true };
  return chunk.flush && to > from ? { to, next: to, whole: false } : undefined;
}

/** Cuts a chunk into lines. Holds as many as fit a fixed buffer, which the next call uses again. */
export function recordsOf(chunk: Chunk): Lines {
  const [whole, part]: [RecordKind, RecordKind] = chunk.stream === "out" ? ["o", "O"] : ["e", "E"];
  const at = chunk.at.toString(36);
  const source = chunk.source.toString(36);
  let length = 0;
  let count = 0;
  let from = 0;
  for (;;) {
    const line = length + recordBytesMax > outputBytes ? undefined : endOf(chunk, from);
    if (line === undefined) return { bytes: output.subarray(0, length), count, consumed: from };
    const kind = line.whole ? whole : part;
    length += output.write(
      `${(chunk.sequence + count).toString(36)} ${at} ${kind} ${source} ${(chunk.offset + line.next).toString(36)} `,
      length,
      "latin1",
    );
    length += chunk.bytes.copy(output, length, from, line.to);
    output[length++] = lineFeed;
    count++;
    from = line.next;
  }
}
