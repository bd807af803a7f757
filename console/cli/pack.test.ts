import { chmod, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { listSource, packFolder, packSource } from "./pack.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "pluvia-pack-test-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const write = async (files: Record<string, string>, folder = root): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
};
const paths = async (): Promise<string[]> => (await listSource(root)).entries.map((e) => e.path);

test("ignore files count for their folder and below, and the nearer one decides", async () => {
  await write({
    ".gitignore": "*.log\n/dist/\n",
    "a.log": "",
    "dist/x.js": "",
    "lib/dist/y.js": "",
    "lib/keep.log": "",
    "lib/.gitignore": "!keep.log\n",
    "app.js": "",
  });
  expect(await paths()).toEqual([".gitignore", "app.js", "lib/.gitignore", "lib/dist/y.js", "lib/keep.log"]);
});

test("dependencies and the repository itself stay behind unless .slugignore brings them back", async () => {
  await write({ ".git/HEAD": "", "node_modules/a/index.js": "", "app.js": "" });
  expect(await paths()).toEqual(["app.js"]);
  await write({ ".slugignore": "!node_modules\n" });
  expect(await paths()).toEqual([".slugignore", "app.js", "node_modules/a/index.js"]);
});

test("a link that leads out of the folder is left out and named; one inside is kept", async () => {
  await write({ "app.js": "", "lib/x.js": "" });
  await symlink("../app.js", join(root, "lib", "inside"));
  await symlink("../../etc/passwd", join(root, "lib", "outside"));
  await symlink("/etc/passwd", join(root, "absolute"));
  const { entries, left } = await listSource(root);
  expect(entries.map((e) => e.path)).toEqual(["app.js", "lib/inside", "lib/x.js"]);
  expect(left).toEqual(["absolute", "lib/outside"]);
});

test("C4: the same files make the same bytes, whatever their times and modes beyond executable", async () => {
  const other = await mkdtemp(join(tmpdir(), "pluvia-pack-test-"));
  const files = { "b.js": "2", "a/x.sh": "1", "empty.txt": "", ".env.example": "X=" };
  await write(files);
  await write(Object.fromEntries(Object.entries(files).reverse()), other);
  await chmod(join(root, "a/x.sh"), 0o755);
  await chmod(join(other, "a/x.sh"), 0o700);
  await utimes(join(other, "b.js"), 1, 1);
  const [one, two] = [await packFolder(root), await packFolder(other)];
  expect((await readFile(one.file)).equals(await readFile(two.file))).toBe(true);
  expect(one.files).toBe(4);
  await Promise.all([one.remove(), two.remove(), rm(other, { recursive: true })]);
});

test("a folder with nothing in it, or none at all, is refused", async () => {
  await expect(packFolder(root)).rejects.toThrow("nothing to deploy");
  await expect(packFolder(join(root, "none"))).rejects.toThrow("no folder");
  await expect(packSource(join(root, "none"))).rejects.toThrow("no folder");
});

test("C1: an archive that is ready is sent as it is and stays; any other file is refused with what is taken", async () => {
  const root = await mkdtemp(join(tmpdir(), "pluvia-archive-"));
  try {
    const [zip, text] = [join(root, "site.ZIP"), join(root, "notes.txt")];
    await writeFile(zip, "12345");
    await writeFile(text, "x");
    const packed = await packSource(zip);
    expect(packed).toMatchObject({ file: zip, sizeBytes: 5 });
    await packed.remove();
    expect((await readFile(zip)).length).toBe(5);
    await expect(packSource(text)).rejects.toThrow("no archive");
  } finally {
    await rm(root, { recursive: true });
  }
});
