import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import type { DurableText } from "../../ports/durable-text.ts";

const read = async (file: string): Promise<string | undefined> => {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
};
const versionOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A file that one process writes. Replaced as a whole: after a crash it holds the old text or the new. Mode 0600: state has secrets in it. */
export function localDurableText(file: string): DurableText {
  let turn: Promise<unknown> = Promise.resolve();
  const replace = async (text: string, version: string | undefined): Promise<boolean> => {
    const before = await read(file);
    if ((before === undefined ? undefined : versionOf(before)) !== version) return false;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(`${file}.new`, "w", 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${file}.new`, file);
    return true;
  };
  return {
    read: async () => {
      const text = await read(file);
      return text === undefined ? undefined : { text, version: versionOf(text) };
    },
    write: (text, version) => {
      const written = turn.then(() => replace(text, version));
      turn = written.catch(() => {}); // told to whoever asked for that write; the next one begins anew
      return written;
    },
  };
}
