import { lstat, mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { unpackArchive } from "../../edge-agents/builder/unpack.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { pax, tarEntry, tarOf, zipOf } from "./archive-maker.ts";

const limits = { entries: 1_000, bytes: 1024 * 1024 };
let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
let count = 0;
beforeAll(async () => {
  temporary = await temporaryDirectory();
});
afterAll(() => temporary.remove());

interface Unpacked {
  readonly root: string;
  readonly files: readonly string[];
  readonly failure: unknown;
}

const walk = async (folder: string, prefix = ""): Promise<string[]> => {
  const found: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = prefix + entry.name;
    if (entry.isDirectory()) found.push(...(await walk(join(folder, entry.name), `${path}/`)));
    else found.push(path);
  }
  return found.sort();
};

/** Unpacks beside a file that must never change, and says what came out. */
const unpack = async (archive: Buffer, within = limits): Promise<Unpacked> => {
  const place = join(temporary.path, String(++count));
  await mkdir(join(place, "outside"), { recursive: true });
  await writeFile(join(place, "outside", "precious"), "untouched");
  await writeFile(join(place, "archive"), archive);
  const root = join(place, "root");
  const failure = await unpackArchive(join(place, "archive"), root, within).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(await walk(join(place, "outside"))).toEqual(["precious"]);
  expect(await readFile(join(place, "outside", "precious"), "utf8")).toBe("untouched");
  expect((await readdir(place)).sort()).toEqual(
    ["archive", "outside", "root"].filter(
      (name) => name !== "root" || failure === undefined || !(failure as BuildFailure).code?.endsWith("unknown"),
    ),
  );
  return { root, failure, files: await walk(root).catch(() => []) };
};

const link = (name: string, target: string) => ({ name, flag: "2", target });
const hard = (name: string, target: string) => ({ name, flag: "1", target });
const zipLink = (name: string, target: string) => ({ name, content: target, mode: 0o120777 });
const long = "n".repeat(300);
const deep = `${"d/".repeat(70)}f`;

/** What is refused, with the code of the refusal. */
const hostile: readonly (readonly [string, string, Buffer])[] = [
  ["tar: parent folder", "archive.path", tarOf({ name: "../outside/precious", content: "x" })],
  ["tar: parent in the middle", "archive.path", tarOf({ name: "a/../../outside/precious", content: "x" })],
  ["tar: parent that would stay inside", "archive.path", tarOf({ name: "a/../b", content: "x" })],
  ["tar: parent at the end", "archive.path", tarOf({ name: "a/..", flag: "5" })],
  ["tar: absolute", "archive.path", tarOf({ name: "/etc/passwd", content: "x" })],
  ["tar: absolute with two slashes", "archive.path", tarOf({ name: "//etc/passwd", content: "x" })],
  ["tar: drive letter", "archive.path", tarOf({ name: "C:/x", content: "x" })],
  ["tar: drive letter without slash", "archive.path", tarOf({ name: "c:x", content: "x" })],
  ["tar: backslashes", "archive.name", tarOf({ name: "..\\outside\\precious", content: "x" })],
  ["tar: parent in the prefix field", "archive.path", tarOf({ name: "precious", prefix: "../outside", content: "x" })],
  ["tar: absolute prefix field", "archive.path", tarOf({ name: "passwd", prefix: "/etc", content: "x" })],
  ["tar: pax path leads out", "archive.path", tarOf(pax({ path: "../outside/precious" }), { name: "fine", content: "x" })],
  ["tar: pax path is absolute", "archive.path", tarOf(pax({ path: "/outside" }), { name: "fine", content: "x" })],
  [
    "tar: GNU long name leads out",
    "archive.path",
    tarOf(tarEntry({ name: "././@LongLink", flag: "L", content: "../outside/precious\0" }), { name: "fine", content: "x" }),
  ],
  ["tar: folder leads out", "archive.path", tarOf({ name: "../outside2/", flag: "5" })],
  ["tar: control character", "archive.name", tarOf({ name: "a\x07b", content: "x" })],
  ["tar: newline", "archive.name", tarOf({ name: "a\nb", content: "x" })],
  ["tar: escape", "archive.name", tarOf({ name: "a\x1b[31mb", content: "x" })],
  ["tar: text turned around", "archive.name", tarOf({ name: "a\u202etxt.exe", content: "x" })],
  ["tar: invisible character", "archive.name", tarOf({ name: "a\u200bb", content: "x" })],
  [
    "tar: not UTF-8",
    "archive.name",
    (() => {
      const bytes = tarEntry({ name: "aXb", content: "x" });
      bytes[1] = 0xff;
      const sum = bytes.subarray(0, 512).reduce((t, b, i) => t + (i >= 148 && i < 156 ? 32 : b), 0);
      bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
      return tarOf(bytes);
    })(),
  ],
  ["tar: NUL in a pax path", "archive.name", tarOf(pax({ path: "a\0b" }), { name: "fine", content: "x" })],
  ["tar: name too long", "archive.name", tarOf(pax({ path: long }), { name: "fine", content: "x" })],
  ["tar: path too deep", "archive.name", tarOf(pax({ path: deep }), { name: "fine", content: "x" })],
  ["tar: path too long", "archive.name", tarOf(pax({ path: `${"abcdefghi/".repeat(110)}f` }), { name: "fine", content: "x" })],
  ["tar: no name", "archive.name", tarOf({ name: "", content: "x" })],
  ["tar: link out", "archive.link", tarOf(link("a", "../outside"))],
  ["tar: link to the root", "archive.link", tarOf(link("a", "/"))],
  ["tar: absolute link", "archive.link", tarOf(link("a", "/etc/passwd"))],
  ["tar: link out by a detour", "archive.link", tarOf(link("a/b", "../../a/../outside"))],
  ["tar: link out and back in", "archive.link", tarOf(link("a", "../root/b"))],
  ["tar: link with no target", "archive.link", tarOf(link("a", ""))],
  ["tar: link with a control character", "archive.link", tarOf(link("a", "b\x1b]0;x\x07"))],
  ["tar: link with a backslash", "archive.link", tarOf(link("a", "..\\outside"))],
  ["tar: pax link target leads out", "archive.link", tarOf(pax({ linkpath: "../outside" }), link("a", "b"))],
  ["tar: link into .git", "archive.link", tarOf(link("a", ".git/config"))],
  [
    "tar: link, then a file through it",
    "archive.link",
    tarOf({ name: "d/", flag: "5" }, link("a", "d"), { name: "a/f", content: "x" }),
  ],
  ["tar: link to here, then a file through it", "archive.link", tarOf(link("a", "."), { name: "a/f", content: "x" })],
  ["tar: link, then a folder over it", "archive.link", tarOf(link("a", "b"), { name: "a/", flag: "5" })],
  ["tar: link, then the file itself", "archive.twice", tarOf(link("a", "b"), { name: "a", content: "x" })],
  ["tar: link twice", "archive.twice", tarOf(link("a", "b"), link("a", "c"))],
  ["tar: link in capitals, then through it", "archive.case", tarOf(link("A", "b"), { name: "a/f", content: "x" })],
  ["tar: hard link out", "archive.path", tarOf(hard("a", "../outside/precious"))],
  ["tar: hard link to an absolute path", "archive.path", tarOf(hard("a", "/etc/passwd"))],
  ["tar: hard link to nothing", "archive.link", tarOf(hard("a", "b"))],
  ["tar: hard link to a link", "archive.link", tarOf(link("b", "c"), hard("a", "b"))],
  ["tar: hard link to itself", "archive.link", tarOf(hard("a", "a"))],
  ["tar: hard link to a folder", "archive.link", tarOf({ name: "b/", flag: "5" }, hard("a", "b"))],
  ["tar: hard link to a later file", "archive.link", tarOf(hard("a", "b"), { name: "b", content: "x" })],
  ["tar: character device", "archive.special", tarOf({ name: "null", flag: "3" })],
  ["tar: block device", "archive.special", tarOf({ name: "sda", flag: "4" })],
  ["tar: pipe", "archive.special", tarOf({ name: "pipe", flag: "6" })],
  ["tar: unknown kind", "archive.special", tarOf({ name: "x", flag: "Z" })],
  ["tar: sparse by GNU header", "archive.special", tarOf({ name: "x", flag: "S" })],
  ["tar: sparse by pax", "archive.special", tarOf(pax({ "GNU.sparse.major": "1" }), { name: "x" })],
  ["tar: the same file twice", "archive.twice", tarOf({ name: "a", content: "1" }, { name: "a", content: "2" })],
  [
    "tar: the same file by another spelling",
    "archive.twice",
    tarOf({ name: "d/a", content: "1" }, { name: "./d//a", content: "2" }),
  ],
  ["tar: capital letters", "archive.case", tarOf({ name: "readme", content: "1" }, { name: "README", content: "2" })],
  ["tar: capital letters in a folder", "archive.case", tarOf({ name: "src/a", content: "1" }, { name: "SRC/b", content: "2" })],
  [
    "tar: composed and decomposed accents",
    "archive.case",
    tarOf({ name: "caf\u00e9", content: "1" }, { name: "cafe\u0301", content: "2" }),
  ],
  ["tar: ligature", "archive.case", tarOf({ name: "\ufb01le", content: "1" }, { name: "file", content: "2" })],
  ["tar: a file used as a folder", "archive.twice", tarOf({ name: "a", content: "1" }, { name: "a/b", content: "2" })],
  ["tar: a folder used as a file", "archive.twice", tarOf({ name: "a/b", content: "1" }, { name: "a", content: "2" })],
  ["tar: a claimed terabyte", "archive.damaged", tarOf({ name: "a", rawSize: "77777777777", content: "x" })],
  [
    "tar: size with the sign of base 256",
    "archive.damaged",
    tarOf({ name: "a", rawSize: "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", content: "x" }),
  ],
  ["tar: size that is no number", "archive.damaged", tarOf({ name: "a", rawSize: "9zz", content: "x" })],
  ["tar: pax size that is no number", "archive.damaged", tarOf(pax({ size: "-1" }), { name: "a", content: "x" })],
  ["tar: pax header of a gigabyte", "archive.name", tarOf({ name: "pax", flag: "x", sizeBytes: 1024 ** 3 })],
  ["tar: GNU long name of a gigabyte", "archive.name", tarOf({ name: "x", flag: "L", sizeBytes: 1024 ** 3 })],
  ["tar: pax record longer than its header", "archive.damaged", tarOf({ name: "pax", flag: "x", content: "99 path=x\n" })],
  ["tar: pax record without a length", "archive.damaged", tarOf({ name: "pax", flag: "x", content: "path=x\n" })],
  ["tar: pax record of no length", "archive.damaged", tarOf({ name: "pax", flag: "x", content: "0 path=x\n" })],
  ["tar: wrong check sum", "archive.damaged", tarOf({ name: "a", badSum: true, content: "x" })],
  ["tar: cut off in a file", "archive.damaged", tarOf({ name: "a", content: "x".repeat(2_000) }).subarray(0, 1_500)],
  ["tar: cut off in a header", "archive.damaged", tarOf({ name: "a" }, { name: "b", content: "x" }).subarray(0, 700)],
  [
    "tar: more entries than allowed",
    "archive.too-many",
    tarOf(...Array.from({ length: 1_001 }, (_, index) => ({ name: `f${index}` }))),
  ],
  ["tar: more bytes than allowed", "archive.too-large", tarOf({ name: "a", content: Buffer.alloc(limits.bytes + 1) })],
  [
    "tar: many hard links to one large file",
    "archive.too-large",
    tarOf({ name: "a", content: Buffer.alloc(limits.bytes / 2) }, hard("b", "a"), hard("c", "a")),
  ],
  [
    "tar: large content of something left out",
    "archive.too-large",
    tarOf({ name: ".git/x", content: Buffer.alloc(limits.bytes + 1) }),
  ],
  ["tar.gz: bomb", "archive.too-large", gzipSync(tarOf({ name: "a", content: Buffer.alloc(20 * limits.bytes) }))],
  ["tar.gz: cut off", "archive.damaged", gzipSync(tarOf({ name: "a", content: "x".repeat(2_000) })).subarray(0, 60)],
  [
    "tar.gz: damaged",
    "archive.damaged",
    (() => {
      const bytes = gzipSync(tarOf({ name: "a", content: "hello" }));
      bytes.fill(0xee, 20, 40);
      return bytes;
    })(),
  ],
  ["gzip of something else", "archive.damaged", gzipSync("hello ".repeat(300))],
  ["zip: parent folder", "archive.path", zipOf({ name: "../outside/precious", content: "x" })],
  ["zip: parent in the middle", "archive.path", zipOf({ name: "a/../../b", content: "x" })],
  ["zip: absolute", "archive.path", zipOf({ name: "/etc/passwd", content: "x" })],
  ["zip: drive letter", "archive.path", zipOf({ name: "C:/x", content: "x" })],
  ["zip: backslashes", "archive.name", zipOf({ name: "..\\outside\\precious", content: "x" })],
  ["zip: control character", "archive.name", zipOf({ name: "a\x01b", content: "x" })],
  ["zip: NUL", "archive.name", zipOf({ name: "a\0b", content: "x" })],
  ["zip: not UTF-8", "archive.name", zipOf({ name: Buffer.from([0x61, 0xff, 0xfe]), content: "x" })],
  ["zip: link out", "archive.link", zipOf(zipLink("a", "../outside"))],
  ["zip: absolute link", "archive.link", zipOf(zipLink("a", "/etc/passwd"))],
  ["zip: link, then a file through it", "archive.link", zipOf(zipLink("a", "b"), { name: "a/f", content: "x" })],
  ["zip: link with a long target", "archive.link", zipOf(zipLink("a", "x".repeat(5_000)))],
  ["zip: device", "archive.special", zipOf({ name: "a", mode: 0o020666 })],
  ["zip: pipe", "archive.special", zipOf({ name: "a", mode: 0o010666 })],
  ["zip: socket", "archive.special", zipOf({ name: "a", mode: 0o140777 })],
  ["zip: the same file twice", "archive.twice", zipOf({ name: "a", content: "1" }, { name: "a", content: "2" })],
  ["zip: capital letters", "archive.case", zipOf({ name: "a", content: "1" }, { name: "A", content: "2" })],
  ["zip: a file used as a folder", "archive.twice", zipOf({ name: "a", content: "1" }, { name: "a/b", content: "2" })],
  ["zip: bomb", "archive.too-large", zipOf({ name: "a", content: Buffer.alloc(20 * limits.bytes) })],
  [
    "zip: bomb that claims to be small",
    "archive.damaged",
    zipOf({ name: "a", content: Buffer.alloc(20 * limits.bytes), claimedSize: 10 }),
  ],
  [
    "zip: more entries than allowed",
    "archive.too-many",
    zipOf(...Array.from({ length: 1_001 }, (_, index) => ({ name: `f${index}` }))),
  ],
  ["zip: encrypted", "archive.encrypted", zipOf({ name: "a", content: "x", flags: 0x801 })],
  ["zip: unknown compression", "archive.damaged", zipOf({ name: "a", content: "x", method: 99 })],
  ["zip: cut off", "archive.damaged", zipOf({ name: "a", content: "x".repeat(500) }).subarray(0, 40)],
  ["zip: beginning only", "archive.damaged", Buffer.from("PK\x03\x04nothing more")],
  ["text", "archive.unknown", Buffer.from("hello")],
  ["nothing", "archive.unknown", Buffer.alloc(0)],
  ["rar", "archive.unknown", Buffer.from("Rar!\x1a\x07\x00")],
  ["xz", "archive.unknown", Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
];

describe("Archives are safe", () => {
  test("at least 80 hostile ones are known", () => expect(hostile.length).toBeGreaterThanOrEqual(80));
  test.each(hostile.map(([name, code, archive]) => ({ name, code, archive })))(
    "$name is refused as $code",
    async ({ code, archive }) => {
      const { failure } = await unpack(archive);
      expect(failure).toBeInstanceOf(BuildFailure);
      expect(failure).toMatchObject({ code, message: expect.stringMatching(/\.$/), next: expect.stringMatching(/\.$/) });
    },
  );
  test(".git folders and litter are left out, in any spelling", async () => {
    const names = [
      ".git/config",
      ".GIT/config",
      "sub/.git/hooks/pre-commit",
      ".git ./x",
      ".git./x",
      "git~1/config",
      ".git::$INDEX_ALLOCATION/x",
      "__MACOSX/._a",
      ".DS_Store",
      "._a",
    ];
    expect(
      await unpack(
        tarOf(
          ...names.map((name) => ({ name, content: "x" })),
          { name: ".github/workflows/ci.yml", content: "x" },
          { name: ".gitignore", content: "x" },
        ),
      ),
    ).toMatchObject({ failure: undefined, files: [".github/workflows/ci.yml", ".gitignore"] });
    expect(await unpack(zipOf(...names.map((name) => ({ name, content: "x" })), { name: "a", content: "x" }))).toMatchObject({
      failure: undefined,
      files: ["a"],
    });
  });
  test("an honest tar comes out as it went in, without special modes", async () => {
    const archive = tarOf(
      { name: "./", flag: "5" },
      { name: "bin/run", content: "#!/bin/sh\n", mode: 0o4755 },
      { name: "src/a.txt", content: "hello" },
      pax({ path: `${"long-folder-name/".repeat(10)}\u00fcber.txt` }),
      { name: "x", content: "long" },
      link("src/link", "../bin/run"),
      hard("copy.txt", "src/a.txt"),
      { name: "empty/", flag: "5" },
    );
    for (const form of [archive, gzipSync(archive)]) {
      const { root, failure, files } = await unpack(form);
      expect(failure).toBeUndefined();
      expect(files).toEqual(["bin/run", "copy.txt", `${"long-folder-name/".repeat(10)}\u00fcber.txt`, "src/a.txt", "src/link"]);
      expect((await lstat(join(root, "bin/run"))).mode & 0o7777 & ~0o022).toBe(0o755);
      expect(await readFile(join(root, "copy.txt"), "utf8")).toBe("hello");
      expect(await readlink(join(root, "src/link"))).toBe("../bin/run");
      expect((await lstat(join(root, "empty"))).isDirectory()).toBe(true);
    }
  });
  test("an honest zip comes out as it went in", async () => {
    const { root, failure, files } = await unpack(
      zipOf(
        { name: "a/", mode: 0o040755 },
        { name: "a/b.txt", content: "hello" },
        { name: "run", content: "x", mode: 0o104755 },
        zipLink("l", "a/b.txt"),
        { name: "stored", content: "s", method: 0 },
      ),
    );
    expect(failure).toBeUndefined();
    expect(files).toEqual(["a/b.txt", "l", "run", "stored"]);
    expect((await lstat(join(root, "run"))).mode & 0o7777 & ~0o022).toBe(0o755);
    expect(await readFile(join(root, "a/b.txt"), "utf8")).toBe("hello");
  });
  test("any bytes at all are unpacked inside or refused", async () => {
    const tar = tarOf({ name: "a/b", content: "hello" }, link("c", "a/b"), hard("d", "a/b"));
    const zip = zipOf({ name: "a/b", content: "hello" }, zipLink("c", "a/b"));
    const mutated = (bytes: Buffer) =>
      fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }).map((changes) => {
        const copy = Buffer.from(bytes);
        for (const [at, value] of changes) copy[at] = value;
        return copy;
      });
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated(tar), mutated(zip)), async (bytes) => {
        const { failure } = await unpack(bytes);
        if (failure !== undefined) expect(failure).toBeInstanceOf(BuildFailure);
      }),
      { numRuns: 300 },
    );
  });
});
