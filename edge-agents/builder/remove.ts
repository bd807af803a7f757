import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";

/** Files in the storage of an ordinary user's images belong to user ids that only its namespace may act for. */
export const removeFolder = (path: string): void => {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EPERM" && code !== "ENOTEMPTY") throw error;
    const removed = spawnSync("buildah", ["unshare", "--", "rm", "-rf", "--", path], { stdio: "ignore" });
    if (removed.status !== 0) throw error;
  }
};
