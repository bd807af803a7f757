import type { ObservedWorkload } from "../../shared/ports/cluster.ts";

type Running = Pick<ObservedWorkload, "component" | "phase" | "serving" | "instances" | "workload">;
type RunningInstance = Running["instances"][number];

function ending(instance: RunningInstance): string {
  const exit = instance.lastExit;
  if (exit === null) return "ended";
  if (exit.outOfMemory) return "was killed because it used more memory than its limit";
  return exit.signal === null ? `ended with exit code ${exit.code}` : `was ended by ${exit.signal}`;
}

function instanceLines(before: RunningInstance | undefined, now: RunningInstance): string[] {
  const lines: string[] = [];
  if (before === undefined) lines.push(`Release ${now.releaseNumber}: instance ${now.id} starts.`);
  if (before !== undefined && now.restarts > before.restarts)
    lines.push(`Instance ${now.id} ${ending(now)}; it is started again (restart ${now.restarts}).`);
  if (now.state === before?.state) return lines;
  if (now.state === "ready") lines.push(`Instance ${now.id} is ready.`);
  if (now.state === "unhealthy") lines.push(`Instance ${now.id} does not pass its health check.`);
  if (now.state === "exited" && now.restarts === before?.restarts) lines.push(`Instance ${now.id} ${ending(now)}.`);
  return lines;
}

/** What happened to a component between two looks at it, as lines of its log. `before` undefined: it was not there. */
export function platformLines(before: Running | undefined, now: Running): readonly string[] {
  const known = before?.instances ?? [];
  const same = (a: RunningInstance) => (b: RunningInstance) => a.id === b.id;
  const lines = now.instances.flatMap((instance) => instanceLines(known.find(same(instance)), instance));
  const serving = now.serving !== (before?.serving ?? null) && now.instances.find((instance) => instance.release === now.serving);
  if (serving) lines.push(`Release ${serving.releaseNumber} takes the traffic.`);
  const gone = known.filter((instance) => !now.instances.some(same(instance)));
  lines.push(...gone.map((instance) => `Release ${instance.releaseNumber}: instance ${instance.id} has ended.`));
  if (now.phase === "failed" && before?.phase !== "failed")
    lines.push(`Release ${now.workload.releaseNumber} did not get healthy.`);
  return lines;
}
