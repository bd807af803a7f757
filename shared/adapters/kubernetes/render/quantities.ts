import type { Configuration, Resources } from "../../../contract/component.ts";

/** What an instance may write outside of its volumes, logs included: a slug's own tree is in its image and does not count. */
const disk = { requests: "64Mi", limits: "2Gi" };
/** Below this the kernel hardly ever gives it a turn. */
const cpuMillisMin = 10;

const quantities = (r: Resources, storage: string): Record<string, string> => ({
  cpu: `${r.cpuMillis}m`,
  memory: `${r.memoryMib}Mi`,
  "ephemeral-storage": storage,
});
const least = (a: Resources, b: Resources): Resources => ({
  memoryMib: Math.min(a.memoryMib, b.memoryMib),
  cpuMillis: Math.min(a.cpuMillis, b.cpuMillis),
});

/** Without a wish: all of the memory, since it cannot be taken back, and a quarter of the CPU, which can. */
export function resourcesFor({ resources, requests }: Pick<Configuration, "resources" | "requests">) {
  const usual = { memoryMib: resources.memoryMib, cpuMillis: Math.max(cpuMillisMin, Math.ceil(resources.cpuMillis / 4)) };
  return {
    requests: quantities(least(requests ?? usual, resources), disk.requests),
    limits: quantities(resources, disk.limits),
  };
}
