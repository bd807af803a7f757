import { execFile } from "node:child_process";
import { access, copyFile, mkdir, readFile, rmdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** Where a process counts as one in a container does. */
export interface Container {
  /** Runs its arguments in there. */
  readonly shell: readonly [file: string, ...words: string[]];
  /**
   * Bytes as Kubernetes counts a container's memory, tells it by `kubectl top` and decides by it whom to evict: all that was taken, pages of files too, but for
   * those of files that were not used again (https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/).
   */
  workingSetBytes(): Promise<number>;
  remove(): Promise<void>;
}

const versions = [
  { root: "/sys/fs/cgroup/memory", usage: "memory.usage_in_bytes", inactive: "total_inactive_file" },
  { root: "/sys/fs/cgroup", usage: "memory.current", inactive: "inactive_file" },
];

/** null where a control group for memory cannot be made: that takes root. */
export async function container(): Promise<Container | null> {
  for (const { root, usage, inactive } of versions) {
    const folder = path.join(root, `pluvia-bench-${process.pid}`);
    const remove = (): Promise<void> => rmdir(folder);
    try {
      await mkdir(folder);
    } catch {
      continue;
    }
    try {
      await access(path.join(folder, usage));
    } catch {
      await remove();
      continue;
    }
    const read = (name: string): Promise<string> => readFile(path.join(folder, name), "utf8");
    return {
      shell: ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', folder],
      async workingSetBytes() {
        const [used, stat] = await Promise.all([read(usage), read("memory.stat")]);
        return Number(used) - Number(new RegExp(`^${inactive} (\\d+)`, "m").exec(stat)?.[1]);
      },
      remove,
    };
  }
  return null;
}

/** Node's program in a file that nobody has read yet: whoever reads it first is charged for its pages, which in a container is the agent. */
export async function unreadNode(folder: string): Promise<string> {
  const copy = path.join(folder, "node");
  await copyFile(process.execPath, copy);
  await promisify(execFile)("dd", [`of=${copy}`, "oflag=nocache", "conv=notrunc,fdatasync", "count=0", "status=none"]);
  return copy;
}
