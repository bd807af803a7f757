import type { Build } from "../../shared/contract/release.ts";

const builds = (count: number): string => `${count} ${count === 1 ? "build" : "builds"}`;

/** What a build waits for, in words. */
export function turnWords({ for: whose, before, running, atOnce }: NonNullable<Build["turn"]>): string {
  if (whose === "team")
    return `waiting for its turn: ${builds(before)} of your team before it, ${running} running; the limit is ${atOnce} at once`;
  return `waiting for a builder of the platform: ${builds(before)} before it, ${running} running; the platform runs ${atOnce} at once, teams in turn`;
}
