import type { AgentPlace } from "../../../shared/contract/agent.ts";

/** What a session brings. */
export interface Hearing {
  /** Whoever calls is known to listen from now on. */
  opened(): void;
  frame(text: string): void;
}
/** One session from its opening to its end, by whichever way. Answers what went wrong; undefined: it merely ended. */
export type Dial = (hearing: Hearing, signal: AbortSignal) => Promise<unknown>;

/** A ping that is not answered by then went into a dead network. */
export const pongMs = 30_000;

export interface Ways {
  /** Where the platform would like the agent to listen. */
  readonly place: () => Promise<AgentPlace>;
  /** The platform's own WebSocket, which is always there. */
  readonly socket: Dial;
  readonly broker: (place: Extract<AgentPlace, { kind: "broker" }>) => Dial;
  readonly log: (fields: object, message: string) => void;
}

/**
 * Where the platform would like it; by the platform's own WebSocket for once when that could not be opened, as a network may let only the
 * platform itself be reached. The place is remembered until then.
 */
export function preferred({ place, socket, broker, log }: Ways): Dial {
  let known: AgentPlace | undefined;
  let isBlocked = false;
  return async (hearing, signal) => {
    if (isBlocked) {
      isBlocked = false;
      return socket(hearing, signal);
    }
    known ??= await place();
    if (known.kind === "socket") return socket(hearing, signal);
    let isOpen = false;
    const opened = () => {
      isOpen = true;
      hearing.opened();
    };
    const failure = await broker(known)({ ...hearing, opened }, signal);
    if (isOpen || signal.aborted) return failure;
    log({ error: failure, place: known.url }, "the broker could not be reached; the platform's own WebSocket is tried");
    known = undefined;
    isBlocked = true;
    return failure;
  };
}
