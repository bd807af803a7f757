import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { componentPlace } from "../../shared/adapters/local/cluster/disk.ts";
import { unpackSlug } from "../../shared/adapters/local/cluster/slug.ts";
import { makeWorkspace } from "../../shared/adapters/local/cluster/workspace.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

type Entry = {
  name: string;
  text?: string;
  type?: "file" | "directory" | "symlink" | "link" | "character-device" | "block-device" | "fifo";
  linkname?: string;
  mode?: number;
};
async function tar(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { text, ...header } of entries) archive.entry({ mode: 0o644, ...header }, text ?? "");
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
const digestOf = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(() => directory.remove());
const to = (): string => join(directory.path, "trees", "tree");
const unpack = (bytes: Buffer, digest = digestOf(bytes)): Promise<void> => unpackSlug(Readable.from([bytes]), digest, to());

test("files, directories and links arrive; nobody may write them", async () => {
  await unpack(
    gzipSync(
      await tar([
        { name: "app/", type: "directory" },
        { name: "app/run.sh", text: "x", mode: 0o755 },
        { name: "app/data/deep/a.txt", text: "hello" },
        { name: "app/current", type: "symlink", linkname: "data/deep" },
      ]),
    ),
  );
  expect(await readFile(join(to(), "app/data/deep/a.txt"), "utf8")).toBe("hello");
  expect((await stat(join(to(), "app/run.sh"))).mode & 0o777).toBe(0o555);
  expect((await stat(join(to(), "app/data/deep/a.txt"))).mode & 0o777).toBe(0o444);
  expect(await readlink(join(to(), "app/current"))).toBe("data/deep");
});

test("an archive of several gzip members is one archive", async () => {
  const whole = await tar([
    { name: "app/a", text: "a".repeat(2_000) },
    { name: "app/b", text: "b" },
  ]);
  await unpack(Buffer.concat([gzipSync(whole.subarray(0, 700)), gzipSync(whole.subarray(700))]));
  expect(readdirSync(join(to(), "app"))).toEqual(["a", "b"]);
});

test.each<[string, Entry[]]>([
  ["climbs out", [{ name: "../evil" }]],
  ["climbs out from within", [{ name: "app/../../evil" }]],
  ["is absolute", [{ name: "/etc/evil" }]],
  ["links out", [{ name: "app/out", type: "symlink", linkname: "../../../etc" }]],
  ["writes through a link", [{ name: "app/out", type: "symlink", linkname: "/tmp" }, { name: "app/out/evil" }]],
  [
    "turns a link into a directory",
    [
      { name: "app/out", type: "symlink", linkname: "/tmp" },
      { name: "app/out/", type: "directory" },
    ],
  ],
  ["replaces the root", [{ name: "./", type: "symlink", linkname: "/tmp" }]],
  [
    "writes over a link",
    [
      { name: "app/a", type: "symlink", linkname: "b" },
      { name: "app/a", text: "x" },
    ],
  ],
  ["is a hard link", [{ name: "app/passwd", type: "link", linkname: "/etc/passwd" }]],
  ["is a device", [{ name: "app/null", type: "character-device" }]],
  ["is a block device", [{ name: "app/sda", type: "block-device" }]],
  ["is a pipe", [{ name: "app/pipe", type: "fifo" }]],
  [
    "appears twice",
    [
      { name: "app/a", text: "1" },
      { name: "app/a", text: "2" },
    ],
  ],
  [
    "uses a file as a directory",
    [
      { name: "app/a", text: "1" },
      { name: "app/a/b", text: "2" },
    ],
  ],
])("an entry that %s is refused and leaves nothing", async (_, entries) => {
  const bytes = gzipSync(await tar(entries));
  await expect(unpack(bytes)).rejects.toMatchObject({ name: expect.stringMatching(/Fault/) });
  expect(existsSync(to())).toBe(false);
  expect(existsSync(join(directory.path, "evil"))).toBe(false);
});

test("setuid is dropped", async () => {
  await unpack(gzipSync(await tar([{ name: "app/su", text: "x", mode: 0o6755 }])));
  expect((await stat(join(to(), "app/su"))).mode & 0o7777).toBe(0o555);
});

test.each([
  ["is cut short", (b: Buffer) => b.subarray(0, b.length - 20)],
  ["is no gzip", () => Buffer.from("not an archive at all")],
  ["is noise in gzip", () => gzipSync(randomBytes(4_000))],
])("an archive that %s is refused", async (_, damage) => {
  const bytes = damage(gzipSync(await tar([{ name: "app/a", text: randomBytes(5_000).toString("hex") }])));
  await expect(unpack(bytes)).rejects.toMatchObject({ name: "Fault", code: "unavailable" });
  expect(readdirSync(join(directory.path, "trees"))).toEqual([]);
});

test("other bytes than were asked for are refused", async () => {
  const bytes = gzipSync(await tar([{ name: "app/a", text: "x" }]));
  await expect(unpack(bytes, digestOf(Buffer.from("other")))).rejects.toMatchObject({ code: "unavailable" });
});

test("instances write in copies of their own; fetched dependencies are shared", async () => {
  await unpack(
    gzipSync(
      await tar([
        { name: "app/a.txt", text: "a" },
        { name: "app/run.sh", text: "x", mode: 0o755 },
        { name: "app/node_modules/m/index.js", text: "m" },
        { name: "python/lib.py", text: "p" },
      ]),
    ),
  );
  const component = componentPlace(directory.path, "cmp_0000000000000001");
  const [one, two] = [component.instance("one"), component.instance("two")];
  makeWorkspace(to(), one, null);
  makeWorkspace(to(), two, null);
  await writeFile(join(one.app, "a.txt"), "changed");
  expect(await readFile(join(two.app, "a.txt"), "utf8")).toBe("a");
  expect(await readFile(join(to(), "app/a.txt"), "utf8")).toBe("a");
  expect((await stat(join(one.app, "run.sh"))).mode & 0o100).toBe(0o100);
  expect(await readFile(join(one.app, "node_modules/m/index.js"), "utf8")).toBe("m");
  expect(await readlink(join(one.work, "python"))).toBe(join(to(), "python"));
});

test("a slug without an application is refused", async () => {
  await unpack(gzipSync(await tar([{ name: "other/a.txt", text: "a" }])));
  expect(() => makeWorkspace(to(), componentPlace(directory.path, "cmp_0000000000000001").instance("one"), null)).toThrow(
    "holds no application",
  );
});
