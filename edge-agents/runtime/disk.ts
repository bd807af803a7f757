import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Replaces a file as a whole: after a crash it holds the old content or the new, never a part. Mode 0600: state has secrets in it. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const temporary = `${path}.new`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}

/** The file's text, or undefined when there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A folder of small texts that outlive the process. */
export interface Disk {
  /** undefined when there is none. */
  read(name: string): Promise<string | undefined>;
  /** As `writeDurably`: once it resolves, the text is there whatever happens. */
  write(name: string, text: string): Promise<void>;
  /** Fine when there is none. */
  remove(name: string): Promise<void>;
  /** Names of the texts in a folder below, with the folder. */
  list(folder: string): Promise<readonly string[]>;
}

export const diskAt = (home: string): Disk => ({
  read: (name) => readIfThere(join(home, name)),
  write: (name, text) => writeDurably(join(home, name), text),
  remove: (name) => rm(join(home, name), { force: true }),
  list: async (folder) => {
    await mkdir(join(home, folder), { recursive: true, mode: 0o700 });
    return (await readdir(join(home, folder))).map((name) => `${folder}/${name}`);
  },
});
