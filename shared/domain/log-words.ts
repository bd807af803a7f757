import type { Params } from "../contract/id.ts";

/** A line of the platform's own, for any language. */
export interface Spoken {
  readonly text: string;
  readonly code: string;
  readonly params: Params;
}

const again = (p: Params): string => `; it is started again (restart ${p.restarts}).`;
const memory = "was killed because it used more memory than its limit";
/** What the platform says in logs, by code. */
const words = {
  "log.starts": (p) => `Release ${p.release}: instance ${p.instance} starts.`,
  "log.ready": (p) => `Instance ${p.instance} is ready.`,
  "log.unhealthy": (p) => `Instance ${p.instance} does not pass its health check.`,
  "log.serves": (p) => `Release ${p.release} takes the traffic.`,
  "log.left": (p) => `Release ${p.release}: instance ${p.instance} has ended.`,
  "log.not-healthy": (p) => `Release ${p.release} did not get healthy.`,
  "log.ended": (p) => `Instance ${p.instance} ended.`,
  "log.ended.code": (p) => `Instance ${p.instance} ended with exit code ${p.exit}.`,
  "log.ended.signal": (p) => `Instance ${p.instance} was ended by ${p.signal}.`,
  "log.ended.memory": (p) => `Instance ${p.instance} ${memory}.`,
  "log.again": (p) => `Instance ${p.instance} does not run${again(p)}`,
  "log.again.code": (p) => `Instance ${p.instance} ended with exit code ${p.exit}${again(p)}`,
  "log.again.signal": (p) => `Instance ${p.instance} was ended by ${p.signal}${again(p)}`,
  "log.again.memory": (p) => `Instance ${p.instance} ${memory}${again(p)}`,
  "log.cache-hit": () => "Dependency cache: hit.",
  "log.cache-missed": (p) => `Dependency cache: missed, because ${p.why}.`,
  "log.full": (p) => `The log has reached its limit of ${p.kib} KiB: further output is counted, not kept.`,
  "log.left-out": (p) => `${p.lines} lines (${p.kib} KiB) of output were left out.`,
  "log.volume": (p) => `${p.lines} lines were dropped: the builds of the team may log ${p.limit} MiB a day, and have.`,
} satisfies Record<string, (p: Params) => string>;
export type LogCode = keyof typeof words;
export const logCodes = Object.keys(words) as readonly LogCode[];

export const spoken = (code: LogCode, params: Params = {}): Spoken => ({ code, params, text: words[code](params) });
