import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const piece = Buffer.alloc(16 * 1024, 1);

/** Takes all room of a disk, or this many bytes of it; answers how to give it back. */
export const fill = (disk: string, bytes = Number.POSITIVE_INFINITY): (() => void) => {
  const file = join(disk, "filler");
  const handle = openSync(file, "w");
  try {
    for (let taken = 0; taken < bytes; taken += piece.length) writeSync(handle, piece);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  } finally {
    closeSync(handle);
  }
  return () => rmSync(file);
};

/** What a refused attempt said to a person. */
export const told = async (attempt: Promise<unknown>): Promise<unknown> => {
  try {
    return { done: await attempt };
  } catch (error) {
    const { code, message, next, detail } = error as { code: string; message: string; next?: string; detail?: unknown };
    return { code, message, next, detail };
  }
};
