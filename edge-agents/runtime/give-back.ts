import { performance } from "node:perf_hooks";
import type { Clock } from "../../shared/ports/clock.ts";
import { periodically } from "./periodically.ts";

/** Looked at this often; worth a pause when so much more is held than after the last time, and hardly anything is done. */
const [lookMs, worthBytes, busyMax] = [20_000, 12 * 2 ** 20, 0.05];

/**
 * V8 keeps the pages of a burst for the next one: an agent that had read ten thousand components held 120 MB that nothing was on. Once it rests, all that
 * is not needed goes back to the system. It pauses the process for some tenths of a second at most, and needs the flag `--expose-gc`.
 */
export function giveBack(clock: Clock, log: (fields: object, message: string) => void): () => void {
  const collect = globalThis.gc;
  if (!collect) return () => {};
  let before = performance.eventLoopUtilization();
  let heldBytes = 0;
  const look = async () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (utilization > busyMax || process.memoryUsage.rss() < heldBytes + worthBytes) return;
    collect({ type: "major", flavor: "last-resort", execution: "sync" });
    heldBytes = process.memoryUsage.rss();
  };
  return periodically(look, {
    everyMs: () => lookMs,
    clock,
    failed: (error) => log({ error }, "memory could not be given back"),
  });
}
