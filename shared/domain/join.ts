import type * as z from "zod";
import type { AgentRegistration } from "../contract/agent.ts";
import type { Params } from "../contract/id.ts";
import { agentProtocol, agentVersionOldest, version } from "../contract/version.ts";
import { isOlder } from "./version.ts";

/** How far an agent's clock may be from the platform's: its tokens of 60 s are good for as long again on either side. */
export const clockSkewMaxSeconds = 60;

/** Why an agent was turned away, as a person at the cluster reads it. `code` is stable, e.g. `join.token-used`. */
export interface JoinRefusal {
  readonly code: string;
  readonly params: Params;
  readonly message: string;
  readonly next: string;
}
type Words = Readonly<Record<string, (p: Params) => { readonly message: string; readonly next: string }>>;

const newToken = "Ask for a new token on the data center's page, or with `pluvia data-centers token`, and run the new command.";
const words = {
  "join.token-typo": () => ({ message: "This join token has a typo or is cut off.", next: "Copy the whole command again." }),
  "join.token-unknown": () => ({ message: "This join token is not known here.", next: newToken }),
  "join.token-expired": (p) => ({ message: `This join token was good until ${p.expiresAt} and has expired.`, next: newToken }),
  "join.token-replaced": () => ({
    message: "A newer join token was made for this data center, so this one is dead.",
    next: "Run the newest command, or ask for another token.",
  }),
  "join.token-used": () => ({
    message: "This join token was used before, by an agent with another key.",
    next: "If that agent is not yours, revoke it on the data center's page; then ask for a new token.",
  }),
  "join.kind": (p) => ({
    message: `The data center is of kind ${p.dataCenter}, the agent of kind ${p.agent}.`,
    next: "Start the agent that fits, or use the token of another data center.",
  }),
  "join.agent-old": (p) => ({
    message: `The agent has version ${p.version} and speaks protocol ${p.protocol}; that is too old for this platform (at least ${p.oldest}).`,
    next: "Run the join command of this platform again: it brings the agent that fits.",
  }),
  "join.agent-new": (p) => ({
    message: `The agent has version ${p.version} and speaks protocol ${p.protocol}; this platform (version ${p.platform}) speaks at most protocol ${p.newest}.`,
    next: "Run the join command of this platform again: it brings the agent that fits. Or upgrade the platform first.",
  }),
  "join.clock": (p) => ({
    message: `The cluster's clock is ${p.seconds} seconds ${p.direction} the platform's; at most ${clockSkewMaxSeconds} are tolerated.`,
    next: "Set the clocks of the cluster's nodes by NTP (look at `timedatectl` or chrony there). The agent tries again by itself.",
  }),
} satisfies Words;
export type JoinRefusalCode = keyof typeof words;
export const joinRefusalCodes = Object.keys(words) as readonly JoinRefusalCode[];

export const joinRefusal = (code: JoinRefusalCode, params: Params = {}): JoinRefusal =>
  ({
    code,
    params,
    ...(words as Words)[code]?.(params),
  }) as JoinRefusal;

type Registration = z.infer<typeof AgentRegistration>;
/** What is wrong with the agent itself, whatever its token; null: nothing. */
export function objectionToAgent(r: Pick<Registration, "version" | "agentVersion" | "time">, now: Date): JoinRefusal | null {
  const said = { version: r.agentVersion, protocol: r.version, platform: version };
  if (r.version < agentProtocol.oldest || isOlder(r.agentVersion, agentVersionOldest))
    return joinRefusal("join.agent-old", { ...said, oldest: agentVersionOldest });
  if (r.version > agentProtocol.newest) return joinRefusal("join.agent-new", { ...said, newest: agentProtocol.newest });
  const seconds = r.time === undefined ? 0 : Math.round((Date.parse(r.time) - now.getTime()) / 1_000);
  if (Math.abs(seconds) <= clockSkewMaxSeconds) return null;
  return joinRefusal("join.clock", { seconds: Math.abs(seconds), direction: seconds < 0 ? "behind" : "ahead of" });
}
