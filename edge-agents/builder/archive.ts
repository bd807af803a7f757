import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { crc32, deflateRaw, inflateRawSync } from "node:zlib";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import type { JavaOutput } from "../../shared/domain/build/build-plan.ts";
import { archiveContent, mainClassOf } from "../../shared/domain/build/java-archive.ts";

const open = promisify<string, yauzl.Options, ZipFile>(yauzl.open);
const compress = promisify(deflateRaw);

/** Far above the largest executable jars seen (300 MB, 20,000 entries). */
const limits = { entries: 100_000, bytes: 2 * 1024 * 1024 * 1024 };

interface Item {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly size: number;
  readonly bytes: Buffer;
}

const contentOf = (zip: ZipFile, entry: Entry): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(error);
      else buffer(stream).then(resolve, reject);
    });
  });

/** Archives inside archives are loaded where they lie: their entries must stay uncompressed, as they were. */
const itemOf = async (zip: ZipFile, entry: Entry): Promise<Item> => {
  const original = await contentOf(zip, entry);
  const content = archiveContent(entry.fileName, original);
  const packed = entry.compressionMethod === 0 ? content : await compress(content, { level: 6 });
  return {
    name: entry.fileName,
    method: entry.compressionMethod === 0 ? 0 : 8,
    crc: crc32(content),
    size: content.length,
    bytes: packed,
  };
};

const readItems = async (path: string): Promise<readonly Item[]> => {
  const zip = await open(path, { lazyEntries: true, validateEntrySizes: true, autoClose: false });
  const items: Item[] = [];
  let bytes = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      bytes += entry.uncompressedSize;
      if (items.length >= limits.entries || bytes > limits.bytes)
        throw new BuildFailure(
          "slug.too-large",
          "The Java archive that the build made is too large.",
          "Leave out what it does not need to run.",
        );
      items.push(await itemOf(zip, entry));
    }
  } finally {
    zip.close();
  }
  return items;
};

/** 1980-01-01 00:00, the first time a zip can hold. */
const dosDate = 0x21;

const fields = (item: Item): Buffer => {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt16LE(item.method === 0 ? 10 : 20, 0);
  // Bit 11: the name is UTF-8.
  bytes.writeUInt16LE(0x800, 2);
  bytes.writeUInt16LE(item.method, 4);
  bytes.writeUInt16LE(0, 6);
  bytes.writeUInt16LE(dosDate, 8);
  bytes.writeUInt32LE(item.crc, 10);
  bytes.writeUInt32LE(item.bytes.length, 14);
  bytes.writeUInt32LE(item.size, 18);
  bytes.writeUInt16LE(Buffer.byteLength(item.name), 22);
  return bytes;
};

const uint = (value: number, size: 2 | 4): Buffer => {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntLE(value, 0, size);
  return bytes;
};

/** A zip (APPNOTE 6.3, without the 64-bit parts) whose bytes depend on nothing but the items. */
const writeZip = (items: readonly Item[]): Buffer => {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const item of items) {
    const name = Buffer.from(item.name, "utf8");
    const head = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), fields(item), uint(0, 2), name]);
    local.push(head, item.bytes);
    central.push(
      Buffer.from("PK\x01\x02", "latin1"),
      uint(20, 2),
      fields(item),
      uint(0, 2),
      uint(0, 2),
      uint(0, 2),
      uint(0, 2),
      uint(0, 4),
      uint(offset, 4),
      name,
    );
    offset += head.length + item.bytes.length;
  }
  if (items.length > 0xffff || offset > 0xffffffff)
    throw new BuildFailure(
      "slug.too-large",
      "The Java archive that the build made has too many entries.",
      "Leave out what it does not need to run.",
    );
  const directory = Buffer.concat(central);
  const end = Buffer.concat([
    Buffer.from("PK\x05\x06", "latin1"),
    uint(0, 2),
    uint(0, 2),
    uint(items.length, 2),
    uint(items.length, 2),
    uint(directory.length, 4),
    uint(offset, 4),
    uint(0, 2),
  ]);
  return Buffer.concat([...local, directory, end]);
};

/** The executable archive among those a build made: the largest that holds neither sources nor documentation. */
const chosen = (folder: string): string | undefined =>
  (existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [])
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .filter(
      (name) =>
        /\.(jar|war)$/.test(name) &&
        !/(-sources|-javadoc|-tests|-plain|^original-.*)\.(jar|war)$/.test(name) &&
        !name.startsWith("original-"),
    )
    .map((name) => ({ path: join(folder, name), size: statSync(join(folder, name)).size }))
    .sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1))[0]?.path;

const rewrite = async (from: string, to: string): Promise<readonly Item[]> => {
  const items = [...(await readItems(from))].sort(inOrder);
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, writeZip(items));
  return items;
};

const noOutput = (what: string): BuildFailure =>
  new BuildFailure(
    "build.no-output",
    `The build made no ${what}.`,
    "Check the packaging of the project, and that its build makes an archive.",
  );

/** Finds the archive below `from` and writes it to `to` in a form that is the same for the same content. Answers what it starts with. */
const collectArchive = async (from: string, to: string): Promise<{ readonly mainClass: string | null }> => {
  const path = chosen(from);
  if (path === undefined) throw noOutput("jar or war");
  const items = await rewrite(path, to);
  const manifest = items.find((item) => item.name === "META-INF/MANIFEST.MF");
  const text = manifest === undefined ? Buffer.alloc(0) : manifest.method === 0 ? manifest.bytes : inflateRawSync(manifest.bytes);
  return { mainClass: mainClassOf(text.toString("utf8")) };
};

/** The distribution that is the one folder below `from`: its archives in the same form, its start script under a name that is known. */
const collectDistribution = async (from: string, to: string): Promise<void> => {
  const [name] = existsSync(from)
    ? readdirSync(from, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
    : [];
  if (name === undefined || !existsSync(join(from, name, "bin"))) throw noOutput("distribution with a start script");
  const folder = join(from, name);
  const script = readdirSync(join(folder, "bin")).find((file) => existsSync(join(folder, "bin", `${file}.bat`)));
  if (script === undefined) throw noOutput("start script");
  cpSync(folder, to, { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() });
  rmSync(join(to, "bin", `${script}.bat`));
  renameSync(join(to, "bin", script), join(to, "bin", "application"));
  for (const library of existsSync(join(to, "lib")) ? readdirSync(join(to, "lib")) : [])
    if (library.endsWith(".jar")) await rewrite(join(to, "lib", library), join(to, "lib", library));
};

/** Puts what a Java build made where the slug is packed from. @throws BuildFailure `build.no-output`, `slug.too-large`. */
export const collectJava = async (
  output: JavaOutput,
  at: { readonly app: string; readonly out: string; readonly say: (text: string) => void },
): Promise<void> => {
  const [from, to] = [join(at.app, output.from), join(at.out, output.to)];
  // Programs of the source ran here: they could have put links in place of folders.
  if (existsSync(from) && relative(realpathSync(at.app), realpathSync(from)) !== output.from) throw noOutput("folder of its own");
  if (output.kind === "distribution") return collectDistribution(from, to);
  const { mainClass } = await collectArchive(from, to);
  if (mainClass === null)
    at.say(
      "Warning: the archive names no Main-Class, so java -jar cannot start it. Name it in the build, with a plugin that makes an executable jar, or give the component a start command that names the class.",
    );
};

/** The manifest first, as readers of jars expect. */
const inOrder = (a: Item, b: Item): number => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
const rank = (name: string): number => (name === "META-INF/" ? 0 : name === "META-INF/MANIFEST.MF" ? 1 : 2);
