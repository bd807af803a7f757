import { spawn } from "node:child_process";
import { truncateSync } from "node:fs";

/** Output that was read takes up this much disk at most before it is given back. */
export const reclaimBytes = 4 * 1024 * 1024;
/** Where holes cannot be punched, a file is emptied when it is this long: rarely, because what is written in that instant is lost. */
export const emptyBytes = 32 * 1024 * 1024;

let punches = true;

/**
 * Gives the blocks of the first `length` bytes back to the file system. The file keeps its length and its writer its place, so
 * nothing can be lost, unlike by emptying it. Answers false where that is not to be had (other than Linux, some file systems).
 */
export function punch(path: string, length: number): Promise<boolean> {
  if (!punches) return Promise.resolve(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const tool = spawn("fallocate", ["--punch-hole", "--offset", "0", "--length", String(length), path], { stdio: "ignore" });
  tool.once("error", () => {
    punches = false;
    resolve(false);
  });
  tool.once("exit", (code) => resolve(code === 0));
  return promise;
}

export const empty = (path: string): void => truncateSync(path, 0);
