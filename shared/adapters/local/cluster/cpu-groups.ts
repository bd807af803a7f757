import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Capability } from "../../../contract/data-center.ts";
import { type Sandbox, worksConfined } from "../sandbox.ts";
import { type CpuPlace, cpuPlaces } from "./cpu-places.ts";

/** One control group per instance: the kernel gives all its processes together no more processor time than the limit. */
export interface CpuGroups {
  readonly capability: Capability;
  /** What programs may read but not change, or they could lift their own limit. */
  readonly readOnly: readonly string[];
  /** From now on `cpuMillis` thousandths of a core are the instance's limit. */
  limit(instance: string, cpuMillis: number): void;
  /** The arguments that start the same program in the instance's group. */
  entering(instance: string, argv: readonly string[]): readonly string[];
  /** When none of its processes is left. */
  remove(instance: string): void;
  /** Removes groups that an earlier life left, except those of instances it `knows`. */
  prune(knows: (instance: string) => boolean): void;
}

/** The kernel's own: an instance that has used up its share waits for the rest of a tenth of a second. */
const periodMicros = 100_000;
/** The kernel takes no less. */
const quotaMicrosMin = 1_000;

const unlimited: CpuGroups = {
  capability: {
    name: "cpu-limit",
    available: false,
    code: "cpu-limit.shared",
    message:
      "CPU limits are not enforced, because the platform may not make control groups for processors here: start it as root or with a group delegated to its user. Applications run at a lower priority than the platform and share what is left.",
  },
  readOnly: [],
  limit: () => {},
  entering: (_, argv) => argv,
  remove: () => {},
  prune: () => {},
};

const limits: Readonly<Record<CpuPlace["version"], (group: string, quota: number) => void>> = {
  1: (group, quota) => {
    writeFileSync(join(group, "cpu.cfs_period_us"), String(periodMicros));
    writeFileSync(join(group, "cpu.cfs_quota_us"), String(quota));
  },
  2: (group, quota) => writeFileSync(join(group, "cpu.max"), `${quota} ${periodMicros}`),
};

/** A process enters before it becomes the program, so that nothing of the program is ever outside. */
const entering = (group: string, argv: readonly string[]): readonly string[] => [
  "/bin/sh",
  "-c",
  'echo $$ > "$0/cgroup.procs" && exec "$@"',
  group,
  ...argv,
];

function removeGroup(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // Its last processes are still ending: `prune` comes again, and an empty group costs nothing until then.
  }
}

function groupsAt({ version, mount, parent }: CpuPlace, mark: string): CpuGroups {
  const groupOf = (instance: string): string => join(parent, `${mark}${instance}`);
  return {
    capability: {
      name: "cpu-limit",
      available: true,
      code: "capability.cpu-kernel",
      message: "An instance gets no more CPU than its limit.",
    },
    readOnly: [mount],
    limit: (instance, cpuMillis) => {
      mkdirSync(groupOf(instance), { recursive: true });
      limits[version](groupOf(instance), Math.max(quotaMicrosMin, (cpuMillis * periodMicros) / 1_000));
    },
    entering: (instance, argv) => entering(groupOf(instance), argv),
    remove: (instance) => removeGroup(groupOf(instance)),
    prune: (knows) => {
      for (const name of readdirSync(parent))
        if (name.startsWith(mark) && !knows(name.slice(mark.length))) removeGroup(join(parent, name));
    },
  };
}

/** What the names of a place promise, found out by trying. */
function works(groups: CpuGroups, sandbox: Sandbox, hide: readonly string[]): boolean {
  const trial = "trial";
  try {
    groups.limit(trial, 1_000);
    return worksConfined(sandbox, { hide, readOnly: groups.readOnly, before: groups.entering(trial, []) });
  } catch {
    // Not ours to use: whatever the reason, the next place is tried.
    return false;
  } finally {
    groups.remove(trial);
  }
}

/** The groups of the platform that keeps its state in `home`, as far as this machine allows. */
export function detectCpuGroups({ home, sandbox, hide }: { home: string; sandbox: Sandbox; hide: readonly string[] }): CpuGroups {
  const [mounts, groups] = ["/proc/self/mounts", "/proc/self/cgroup"];
  if (!existsSync(mounts) || !existsSync(groups)) return unlimited;
  const mark = `pluvia-${createHash("sha256").update(home).digest("hex").slice(0, 12)}-`;
  const places = cpuPlaces(readFileSync(mounts, "utf8"), readFileSync(groups, "utf8")).map((place) => groupsAt(place, mark));
  return places.find((each) => works(each, sandbox, hide)) ?? unlimited;
}
