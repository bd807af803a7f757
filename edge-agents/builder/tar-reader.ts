import type { ArchiveEntry } from "../../shared/domain/build/archive-guard.ts";
import { refusedArchive } from "../../shared/domain/build/archive-guard.ts";

/**
 * Reads a tar stream with limits on everything: libraries keep a header of any claimed length in memory. ustar, pax and the long names
 * of GNU tar; sparse files are refused.
 */
export interface TarItem extends ArchiveEntry {
  readonly sizeBytes: number;
  /** Must be read to its end before the next item is asked for. */
  content(): AsyncGenerator<Buffer>;
}

const block = 512;
/** A name and a link target of the longest kind, with room for attributes nobody needs. */
const extraMax = 64 * 1024;

const damaged = () =>
  refusedArchive("archive.damaged", "The archive is damaged or not complete.", "Make it anew and upload it again.");

const reader = (source: AsyncIterable<Buffer>) => {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<boolean> => {
    const next = await chunks.next();
    if (next.done) return false;
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value]);
    return true;
  };
  return {
    /** Exactly this much; undefined when the stream ends right here. */
    take: async (size: number): Promise<Buffer | undefined> => {
      while (rest.length < size && (await more()));
      if (rest.length === 0 && size > 0) return undefined;
      if (rest.length < size) throw damaged();
      const bytes = rest.subarray(0, size);
      rest = rest.subarray(size);
      return bytes;
    },
    async *pieces(size: number): AsyncGenerator<Buffer> {
      for (let left = size; left > 0; ) {
        if (rest.length === 0 && !(await more())) throw damaged();
        const piece = rest.subarray(0, left);
        rest = rest.subarray(piece.length);
        left -= piece.length;
        if (piece.length > 0) yield piece;
      }
    },
  };
};

const utf8 = new TextDecoder("utf-8", { fatal: true });

const decoded = (bytes: Buffer): string => {
  try {
    return utf8.decode(bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA")
      throw refusedArchive("archive.name", "The archive has a name that is not UTF-8.", "Rename the file.");
    throw error;
  }
};

const textAt = (header: Buffer, from: number, length: number): string => {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return decoded(end === -1 ? field : field.subarray(0, end));
};

/** Octal, or base 256 where the first bit is set. */
const numberAt = (header: Buffer, from: number, length: number): number => {
  const field = header.subarray(from, from + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const value = field.subarray(1).reduce((sum, byte) => sum * 256 + byte, (field[0] ?? 0) & 0x7f);
    if (!Number.isSafeInteger(value)) throw damaged();
    return value;
  }
  const text = field
    .toString("latin1")
    .replace(/[\0 ]+$/, "")
    .trim();
  if (!/^[0-7]*$/.test(text)) throw damaged();
  return Number.parseInt(text || "0", 8);
};

const checkSum = (header: Buffer): void => {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  if (sum !== numberAt(header, 148, 8)) throw damaged();
};

/** Records `<length> key=value\n`; the length counts bytes. */
const paxRecords = (bytes: Buffer): ReadonlyMap<string, string> => {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const blank = bytes.indexOf(32, at);
    const length = Number(bytes.subarray(at, blank).toString("latin1"));
    if (blank === -1 || !(length > blank - at + 2) || at + length > bytes.length) throw damaged();
    const record = bytes.subarray(blank + 1, at + length - 1);
    const equals = record.indexOf(61);
    if (equals < 1) throw damaged();
    records.set(record.subarray(0, equals).toString("latin1"), decoded(record.subarray(equals + 1)));
    at += length;
  }
  return records;
};

const kinds: Readonly<Record<string, ArchiveEntry["kind"]>> = {
  "0": "file",
  "\0": "file",
  "7": "file",
  "1": "hard-link",
  "2": "link",
  "5": "directory",
};

interface Extra {
  readonly path?: string;
  readonly target?: string;
  readonly sizeBytes?: number;
}

const extraOf = (records: ReadonlyMap<string, string>): Extra => {
  if ([...records.keys()].some((key) => key.startsWith("GNU.sparse.")))
    throw refusedArchive("archive.special", "The archive has sparse files.", "Make the archive without --sparse.");
  const path = records.get("path");
  const target = records.get("linkpath");
  const size = records.get("size");
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw damaged();
  return {
    ...(path === undefined ? {} : { path }),
    ...(target === undefined ? {} : { target }),
    ...(size === undefined ? {} : { sizeBytes: Number(size) }),
  };
};

const untilNul = (bytes: Buffer): string => decoded(bytes.subarray(0, bytes.indexOf(0) === -1 ? bytes.length : bytes.indexOf(0)));

const nameOf = (header: Buffer): string => {
  const name = textAt(header, 0, 100);
  const prefix = header.subarray(257, 262).toString("latin1") === "ustar" ? textAt(header, 345, 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
};

export async function* readTar(source: AsyncIterable<Buffer>): AsyncGenerator<TarItem> {
  const input = reader(source);
  let extra: Extra = {};
  const padded = async (size: number): Promise<Buffer> => {
    if (size > extraMax) throw refusedArchive("archive.name", "The archive has a header that is too long.");
    const bytes = await input.take(Math.ceil(size / block) * block);
    if (bytes === undefined && size > 0) throw damaged();
    return (bytes ?? Buffer.alloc(0)).subarray(0, size);
  };
  for (;;) {
    const header = await input.take(block);
    if (header === undefined || header.every((byte) => byte === 0)) return;
    checkSum(header);
    const flag = header.subarray(156, 157).toString("latin1");
    const sizeBytes = numberAt(header, 124, 12);
    if (flag === "x") extra = { ...extra, ...extraOf(paxRecords(await padded(sizeBytes))) };
    else if (flag === "L") extra = { ...extra, path: untilNul(await padded(sizeBytes)) };
    else if (flag === "K") extra = { ...extra, target: untilNul(await padded(sizeBytes)) };
    else if (flag === "g") await padded(sizeBytes);
    else {
      yield* itemOf(input, header, flag, extra);
      extra = {};
    }
  }
}

async function* itemOf(input: ReturnType<typeof reader>, header: Buffer, flag: string, extra: Extra): AsyncGenerator<TarItem> {
  const name = extra.path ?? nameOf(header);
  const kind = kinds[flag] ?? "other";
  const isFile = kind === "file" && !name.endsWith("/");
  const size = kind === "file" || kind === "other" ? (extra.sizeBytes ?? numberAt(header, 124, 12)) : 0;
  let read = false;
  const rest = async function* (): AsyncGenerator<Buffer> {
    read = true;
    yield* input.pieces(size);
    await input.take((block - (size % block)) % block);
  };
  yield {
    name,
    kind: kind === "file" && !isFile ? "directory" : kind,
    executable: (numberAt(header, 100, 8) & 0o100) !== 0,
    target: kind === "link" || kind === "hard-link" ? (extra.target ?? textAt(header, 157, 100)) : null,
    sizeBytes: size,
    content: rest,
  };
  if (!read) for await (const _ of rest());
}
