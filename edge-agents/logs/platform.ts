import { spoken, type Spoken } from "../../shared/domain/log-words.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";

type Running = Pick<ObservedWorkload, "component" | "phase" | "serving" | "instances" | "workload">;
type RunningInstance = Running["instances"][number];

function ending(word: "log.ended" | "log.again", { id: instance, lastExit: exit, restarts }: RunningInstance): Spoken {
  const about = { instance, ...(word === "log.again" && { restarts }) };
  if (exit === null) return spoken(word, about);
  if (exit.outOfMemory) return spoken(`${word}.memory`, about);
  if (exit.signal !== null) return spoken(`${word}.signal`, { ...about, signal: exit.signal });
  return spoken(`${word}.code`, { ...about, exit: String(exit.code) });
}

function instanceLines(before: RunningInstance | undefined, now: RunningInstance): Spoken[] {
  const lines: Spoken[] = [];
  const instance = now.id;
  if (before === undefined) lines.push(spoken("log.starts", { release: now.releaseNumber, instance }));
  if (before !== undefined && now.restarts > before.restarts) lines.push(ending("log.again", now));
  if (now.state === before?.state) return lines;
  if (now.state === "ready") lines.push(spoken("log.ready", { instance }));
  if (now.state === "unhealthy") lines.push(spoken("log.unhealthy", { instance }));
  if (now.state === "exited" && now.restarts === before?.restarts) lines.push(ending("log.ended", now));
  return lines;
}

/** What happened to a component between two looks at it, as lines of its log. `before` undefined: it was not there. */
export function platformLines(before: Running | undefined, now: Running): readonly Spoken[] {
  const known = before?.instances ?? [];
  const same = (a: RunningInstance) => (b: RunningInstance) => a.id === b.id;
  const lines = now.instances.flatMap((instance) => instanceLines(known.find(same(instance)), instance));
  const serving = now.serving !== (before?.serving ?? null) && now.instances.find((instance) => instance.release === now.serving);
  if (serving) lines.push(spoken("log.serves", { release: serving.releaseNumber }));
  const gone = known.filter((instance) => !now.instances.some(same(instance)));
  lines.push(...gone.map(({ id: instance, releaseNumber: release }) => spoken("log.left", { release, instance })));
  if (now.phase === "failed" && before?.phase !== "failed")
    lines.push(spoken("log.not-healthy", { release: now.workload.releaseNumber }));
  return lines;
}
