import { canonical } from "../base/canonical.ts";
import type { AgentReport, Observation } from "../contract/agent.ts";
import type * as z from "zod";

/** What a data center has and can do. */
export type Facts = Omit<z.infer<typeof AgentReport>, "version" | "observations">;
export type Unnumbered = Omit<Observation, "sequence" | "at">;

/** `trace` is told along with news, and is none. */
type Told = z.infer<typeof AgentReport>["observations"][number];

const isMeasured = (usage: number | null): boolean => usage !== null;

/**
 * What of a component is worth a report by itself. That an instance has been measured is; how much it uses changes all the time, and is
 * told while somebody looks.
 */
export const newsOf = (o: Unnumbered): object => ({
  ...o,
  instances: o.instances.map((i) => ({ ...i, memoryBytes: isMeasured(i.memoryBytes), cpuMillis: isMeasured(i.cpuMillis) })),
});

/** Whether `told` says nothing that `kept` does not. */
export function isNoNews(kept: Observation, told: Told): boolean {
  const unnumbered = ({ sequence: _s, at: _a, repeated: _r, trace: _t, ...rest }: Told) => canonical(newsOf(rest));
  return unnumbered(kept) === unnumbered(told);
}

/** What of a data center is worth a report by itself: not how much of it is used, and not the words of what was found. */
export function newsOfFacts({ capacity, capabilities, preflight, nodes, ...rest }: Facts): object {
  const { cpuMillisUsed: _cpu, memoryBytesUsed: _memory, diskBytesUsed: _disk, instances: _instances, ...size } = capacity ?? {};
  return {
    ...rest,
    size,
    capabilities: capabilities?.map(({ name, available }) => ({ name, available })),
    preflight: preflight?.map(({ name, state, code }) => ({ name, state, code })),
    nodes: nodes?.map(({ used, instances: _i, otherPods, signals, ...node }) => ({
      ...node,
      used: used !== null,
      otherPods: otherPods != null,
      signals: signals.map(({ code }) => code).sort(),
    })),
  };
}
