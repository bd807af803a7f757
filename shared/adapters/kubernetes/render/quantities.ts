import type { Configuration, Resources } from "../../../contract/component.ts";

/** What an instance may write outside of its volumes, logs included: a slug's own tree is in its image and does not count. */
const disk = { requests: "64Mi", limits: "2Gi" };
/** Below this the kernel hardly ever gives it a turn. */
const cpuMillisMin = 10;

const binary = ["Mi", "Gi", "Ti"];
/** As the API server writes it, so that what is there can be compared with what is wanted. */
export function mebibytes(count: number): string {
  let [n, unit] = [count, 0];
  while (n % 1_024 === 0 && n > 0 && unit < binary.length - 1) [n, unit] = [n / 1_024, unit + 1];
  return `${n}${binary[unit]}`;
}
const millis = (count: number): string => (count % 1_000 === 0 ? String(count / 1_000) : `${count}m`);

const quantities = (r: Resources, storage: string): Record<string, string> => ({
  cpu: millis(r.cpuMillis),
  memory: mebibytes(r.memoryMib),
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
