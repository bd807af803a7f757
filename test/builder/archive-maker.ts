import { crc32, deflateRawSync } from "node:zlib";

/** Archives as an attacker writes them: every field can be a lie. */
export interface TarLie {
  readonly name: string;
  readonly flag?: string;
  readonly target?: string;
  readonly content?: Buffer | string;
  readonly sizeBytes?: number;
  readonly mode?: number;
  readonly prefix?: string;
  readonly badSum?: true;
  readonly rawSize?: string;
}

const block = 512;

export const tarEntry = (lie: TarLie): Buffer => {
  const content = Buffer.from(lie.content ?? "");
  const header = Buffer.alloc(block);
  header.write(lie.name, 0, 100, "latin1" in lie ? "latin1" : "utf8");
  header.write((lie.mode ?? 0o644).toString(8).padStart(7, "0"), 100);
  header.write("0000000", 108);
  header.write("0000000", 116);
  header.write(lie.rawSize ?? (lie.sizeBytes ?? content.length).toString(8).padStart(11, "0"), 124, 12, "latin1");
  header.write("00000000000", 136);
  header.write("        ", 148);
  header.write(lie.flag ?? "0", 156, 1, "latin1");
  header.write(lie.target ?? "", 157, 100);
  header.write("ustar\x0000", 257, "latin1");
  header.write(lie.prefix ?? "", 345, 155);
  const sum = header.reduce((total, byte) => total + byte, 0) + (lie.badSum ? 1 : 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((block - (content.length % block)) % block)]);
};

export const tarOf = (...entries: readonly (TarLie | Buffer)[]): Buffer =>
  Buffer.concat([...entries.map((entry) => (Buffer.isBuffer(entry) ? entry : tarEntry(entry))), Buffer.alloc(2 * block)]);

export const pax = (records: Readonly<Record<string, string>>): Buffer => {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    const length =
      [1, 2, 3, 4, 5, 6].map((digits) => rest + digits).find((total) => String(total).length === total - rest) ?? rest;
    return `${length} ${key}=${value}\n`;
  });
  return tarEntry({ name: "pax", flag: "x", content: lines.join("") });
};

export interface ZipLie {
  readonly name: string | Buffer;
  readonly content?: Buffer | string;
  readonly mode?: number;
  readonly method?: number;
  readonly claimedSize?: number;
  readonly flags?: number;
}

const zipHeader = (lie: ZipLie): { name: Buffer; packed: Buffer; fields: Buffer } => {
  const content = Buffer.from(lie.content ?? "");
  const name = Buffer.isBuffer(lie.name) ? lie.name : Buffer.from(lie.name, "utf8");
  const packed = lie.method === 0 ? content : deflateRawSync(content);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(lie.flags ?? 0x800, 2);
  fields.writeUInt16LE(lie.method ?? 8, 4);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(lie.claimedSize ?? content.length, 18);
  fields.writeUInt16LE(name.length, 22);
  return { name, packed, fields };
};

export const zipOf = (...entries: readonly ZipLie[]): Buffer => {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const lie of entries) {
    const { name, packed, fields } = zipHeader(lie);
    const bytes = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields, name, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(((lie.mode ?? 0o100644) << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    central.push(Buffer.from("PK\x01\x02", "latin1"), Buffer.from([20, 3]), fields, rest, name);
    local.push(bytes);
    offset += bytes.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
};
