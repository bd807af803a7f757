/** What the tar format needs to know of one entry. Who, when and on which machine is left out on purpose. */
export interface TarEntry {
  readonly path: string;
  readonly kind: "file" | "directory" | "link";
  readonly executable: boolean;
  /** Number of the one capability that the program gets, whoever starts it (capabilities(7)): of the platform's own images alone. */
  readonly capability?: number | undefined;
  /** A folder where everybody may write, as /tmp: of the platform's own images alone. */
  readonly isShared?: boolean;
  readonly sizeBytes: number;
  readonly target: string | null;
}

/** 2000-01-01: not 0, which some programs take for "unknown". */
const seconds = 946_684_800;
const block = 512;

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;
const modeOf = (entry: TarEntry): number => {
  if (entry.isShared) return 0o1777;
  return entry.kind === "link" ? 0o777 : entry.kind === "directory" || entry.executable ? 0o755 : 0o644;
};
const flags: Readonly<Record<TarEntry["kind"] | "pax", string>> = { file: "0", link: "2", directory: "5", pax: "x" };

const header = (fields: {
  name: string;
  prefix: string;
  mode: number;
  sizeBytes: number;
  flag: string;
  target: string;
}): Buffer => {
  const bytes = Buffer.alloc(block);
  bytes.write(fields.name, 0, 100, "utf8");
  bytes.write(octal(fields.mode, 8), 100, "latin1");
  bytes.write(octal(0, 8), 108, "latin1");
  bytes.write(octal(0, 8), 116, "latin1");
  bytes.write(octal(Math.min(fields.sizeBytes, 0o77777777777), 12), 124, "latin1");
  bytes.write(octal(seconds, 12), 136, "latin1");
  bytes.write("        ", 148, "latin1");
  bytes.write(fields.flag, 156, "latin1");
  bytes.write(fields.target, 157, 100, "utf8");
  bytes.write("ustar\x0000", 257, "latin1");
  bytes.write(fields.prefix, 345, 155, "utf8");
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return bytes;
};

export const padding = (sizeBytes: number): Buffer => Buffer.alloc((block - (sizeBytes % block)) % block);
export const endOfArchive = Buffer.alloc(2 * block);

const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

/** The place to cut a name in prefix and name; undefined when it does not fit the old header. */
const cutOf = (path: string): readonly [prefix: string, name: string] | undefined => {
  if (path.length <= 100) return ["", path];
  const slash = path.indexOf("/", path.length - 101);
  return slash === -1 || slash > 155 || slash === path.length - 1 ? undefined : [path.slice(0, slash), path.slice(slash + 1)];
};

/** `<length> key=value\n`, where the length counts its own digits. */
const paxRecord = (key: string, value: string | Buffer): Buffer => {
  const content = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from("\n")]);
  let length = content.length + String(content.length).length;
  if (content.length + String(length).length !== length) length = content.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), content]);
};

/** The kernel's vfs_cap_data of revision 2, effective at once. */
const capabilityOf = (bit: number): Buffer => {
  const data = Buffer.alloc(20);
  data.writeUInt32LE(0x02000001, 0);
  data.writeUInt32LE(2 ** bit, 4);
  return data;
};

/** All header blocks of an entry: one, or three when a name does not fit the ustar header (POSIX.1-2001, pax). */
export const tarHeader = (entry: TarEntry): Buffer => {
  const path = entry.kind === "directory" ? `${entry.path}/` : entry.path;
  const target = entry.target ?? "";
  const cut = isAscii(path) ? cutOf(path) : undefined;
  const isLongTarget = target.length > 100 || !isAscii(target);
  const content = Buffer.concat([
    ...(cut ? [] : [paxRecord("path", path)]),
    ...(isLongTarget ? [paxRecord("linkpath", target)] : []),
    ...(entry.sizeBytes > 0o77777777777 ? [paxRecord("size", String(entry.sizeBytes))] : []),
    ...(entry.capability === undefined ? [] : [paxRecord("SCHILY.xattr.security.capability", capabilityOf(entry.capability))]),
  ]);
  const [prefix, name] = cut ?? ["", "long-name"];
  const main = header({
    name,
    prefix,
    mode: modeOf(entry),
    sizeBytes: entry.sizeBytes,
    flag: flags[entry.kind],
    target: isLongTarget ? "" : target,
  });
  if (content.length === 0) return main;
  return Buffer.concat([
    header({ name: "PaxHeader", prefix: "", mode: 0o644, sizeBytes: content.length, flag: flags.pax, target: "" }),
    content,
    padding(content.length),
    main,
  ]);
};
