import { performance } from "node:perf_hooks";
import type { Clock } from "../../shared/ports/clock.ts";
import { periodically } from "./periodically.ts";

/** Looked at this often; only while hardly anything is done. */
const [lookMs, busyMax] = [20_000, 0.05];
/** A pause is worth it when so much more is held than after the last one; and when that is a while ago, when a little more is. */
const [muchBytes, littleBytes, whileMs] = [12 * 2 ** 20, 4 * 2 ** 20, 120_000];

/**
 * V8 keeps the pages of a burst for the next one: an agent that had read ten thousand components held 120 MB that nothing was on. Once it rests, all that
 * is not needed goes back to the system. It pauses the process for some tenths of a second at most, and needs the flag `--expose-gc`.
 */
export function giveBack(clock: Clock, log: (fields: object, message: string) => void): () => void {
  const collect = globalThis.gc;
  if (!collect) return () => {};
  let before = performance.eventLoopUtilization();
  let heldBytes = 0;
  let pausedAtMs = clock.monotonicMs();
  const look = async () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    const worthBytes = clock.monotonicMs() - pausedAtMs < whileMs ? muchBytes : littleBytes;
    if (utilization > busyMax || process.memoryUsage.rss() < heldBytes + worthBytes) return;
    collect({ type: "major", flavor: "last-resort", execution: "sync" });
    heldBytes = process.memoryUsage.rss();
    pausedAtMs = clock.monotonicMs();
  };
  return periodically(look, {
    everyMs: () => lookMs,
    clock,
    failed: (error) => log({ error }, "memory could not be given back"),
  });
}
