import type { Configuration, Instance } from "../contract/component.ts";
import type { DataCenterUsage } from "../contract/data-center.ts";

type Measured = Pick<DataCenterUsage["team"], "instances" | "cpuMillis" | "memoryBytes" | "memoryMibMost">;
type Use = Pick<Instance, "cpuMillis" | "memoryBytes" | "state">;

/** Of those that are known; nothing known is not nothing used. */
function sumOfKnown(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((each) => each !== null);
  return known.length > 0 || numbers.length === 0 ? known.reduce((sum, each) => sum + each, 0) : null;
}

/** Runs of jobs that have ended are shown for a while, and use nothing. */
export const isLiving = ({ state }: Pick<Instance, "state">): boolean => state !== "exited";

/** What the instances of one component use. */
export function measured(instances: readonly Use[], { memoryMib }: Pick<Configuration["resources"], "memoryMib">): Measured {
  const living = instances.filter(isLiving);
  return {
    instances: living.length,
    cpuMillis: sumOfKnown(living.map((each) => each.cpuMillis)),
    memoryBytes: sumOfKnown(living.map((each) => each.memoryBytes)),
    memoryMibMost: living.length * memoryMib,
  };
}

export function together(parts: readonly Measured[]): Measured {
  const used = parts.filter(({ instances }) => instances > 0);
  return {
    instances: used.reduce((sum, each) => sum + each.instances, 0),
    cpuMillis: sumOfKnown(used.map((each) => each.cpuMillis)),
    memoryBytes: sumOfKnown(used.map((each) => each.memoryBytes)),
    memoryMibMost: used.reduce((sum, each) => sum + each.memoryMibMost, 0),
  };
}
