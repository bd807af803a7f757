import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { machineOutOfMemory, outOfMemory } from "../../shared/domain/build/ended-builder.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";

/** Where Linux counts what it ended for want of memory: in the builder's own container (control groups of version 2, or 1), or on the whole machine. */
const counters = {
  container: ["sys/fs/cgroup/memory.events", "sys/fs/cgroup/memory/memory.oom_control"],
  machine: ["proc/vmstat"],
} as const;
/** `128 + SIGKILL`, as a shell tells how what it started ended. */
const killedCode = 137;

const Memory = z.object({ mib: z.number(), setting: z.string() });

interface Ended {
  /** The command as it is shown to people. */
  readonly step: string;
  readonly exitCode: number | null;
}

export interface MemoryWatch {
  /** Why a step failed, if it was for want of memory; null: for another reason, or nobody knows. */
  failure(ended: Ended): BuildFailure | null;
}

/** Begin it before the step. `given` is what a container of our own may take; without one a kill may have met somebody else. */
export function watchMemory(given = process.env["PLUVIA_BUILD_MEMORY"], root = "/"): MemoryWatch {
  const files = given === undefined ? counters.machine : counters.container;
  const file = files.map((path) => join(root, path)).find((path) => existsSync(path));
  const killed = (): number => Number(/^oom_kill (\d+)$/m.exec(file === undefined ? "" : readFileSync(file, "utf8"))?.[1] ?? 0);
  const before = killed();
  return {
    failure: ({ step, exitCode }) => {
      if (killed() === before) return null;
      if (given === undefined && exitCode !== null && exitCode !== killedCode) return null;
      const { code, message, next, params } =
        given === undefined ? machineOutOfMemory(step) : outOfMemory(Memory.parse(JSON.parse(given)));
      return new BuildFailure(code, message, next, undefined, params);
    },
  };
}
