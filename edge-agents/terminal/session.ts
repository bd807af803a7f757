import { StringDecoder } from "node:string_decoder";
import type { Exec } from "../../shared/ports/cluster.ts";
import type { Outlet } from "../runtime/channel.ts";
import { type Ending, endings } from "./ending.ts";
import type { Recording } from "./recording.ts";
import { ring } from "./ring.ts";

/** Kept for a client that comes back: some 500 full screens. */
const keptBytes = 1024 * 1024;
/** A program that is this far ahead of its reader waits, where its terminal allows that. */
const aheadBytes = 512 * 1024;
/** Six bytes of JSON at worst for each: a frame stays under 32 KB. */
const pieceChars = 4_096;

export interface SessionLimits {
  /** Nothing typed for so long ends it. */
  readonly idleMs: number;
  readonly sessionMs: number;
  /** How long it waits for a client whose connection broke. */
  readonly absentMs: number;
}
export const usualSessionLimits: SessionLimits = { idleMs: 30 * 60_000, sessionMs: 8 * 3_600_000, absentMs: 60_000 };

/** A program on a terminal that outlives the connection it is seen through. */
export interface Session {
  readonly id: string;
  /** Sends what comes after `after` to this client from now on, and to no other. */
  attach(outlet: Outlet, subscription: string, after: number): void;
  /** The connection broke. Does nothing when another client has taken over. */
  detach(outlet: Outlet): void;
  /** False once another client has taken over. */
  isSeenBy(outlet: Outlet): boolean;
  input(sequence: number, data: string): void;
  resize(columns: number, rows: number): void;
  end(ending: Ending): void;
}

interface Attached {
  readonly outlet: Outlet;
  readonly subscription: string;
  /** Sequence of the newest frame sent. */
  sent: number;
  /** It was told the end, after which it hears nothing more. */
  isTold: boolean;
}

export interface SessionStart {
  readonly id: string;
  readonly exec: Exec;
  readonly recording: Recording;
  readonly limits: SessionLimits;
  readonly onOver: () => void;
}

export function session(start: SessionStart): Session {
  const { id, exec, recording, limits, onOver } = start;
  const kept = ring(keptBytes);
  const decoder = new StringDecoder("utf8");
  let typed = 0;
  let attached: Attached | undefined;
  let ended: (Ending & { exitCode: number | null }) | undefined;
  let sending = false;
  let paused = false;
  let absent: ReturnType<typeof setTimeout> | undefined;
  let idle: ReturnType<typeof setTimeout> | undefined;

  /** What the client that went away had been sent. */
  let sentBefore = 0;

  const unsent = (): number => kept.bytesAfter(attached?.sent ?? sentBefore);
  const balance = () => {
    const ahead = unsent() > aheadBytes;
    if (ahead === paused) return;
    paused = ahead;
    if (ahead) exec.pause?.();
    else exec.resume?.();
  };

  /** Sends one thing; false when there is nothing to send. */
  const sendNext = (to: Attached): boolean => {
    const next = kept.after(to.sent);
    if (next === undefined) return false;
    if (next.sequence > to.sent + 1)
      to.outlet.send({
        type: "gap",
        id: to.subscription,
        from: to.sent + 1,
        to: next.sequence - 1,
        code: "gap.away",
        reason: "more was shown than is kept for a client that is away or slow",
      });
    to.outlet.send({ type: "data", id: to.subscription, sequence: next.sequence, data: { kind: "output", data: next.data } });
    to.sent = next.sequence;
    return true;
  };
  const pump = async (): Promise<void> => {
    if (sending) return;
    sending = true;
    for (let to = attached; to !== undefined; to = attached) {
      await to.outlet.ready();
      if (to !== attached) continue;
      if (!sendNext(to)) break;
      balance();
    }
    sending = false;
    if (ended !== undefined) tellEnd(attached, ended);
  };
  const tellEnd = (to: Attached | undefined, how: Ending): void => {
    if (to === undefined || to.isTold) return;
    to.isTold = true;
    to.outlet.send({ type: "ended", id: to.subscription, ...how });
  };

  const show = (text: string) => {
    for (let from = 0; from < text.length; from += pieceChars) kept.add(text.slice(from, from + pieceChars));
    if (text.length > 0) recording.output(text);
    balance();
    void pump();
  };
  const over = (how: Ending & { exitCode: number | null }) => {
    if (ended !== undefined) return;
    clearTimeout(idle);
    clearTimeout(longest);
    ended = how;
    show(decoder.end());
    recording.close();
    // The end is told to a client that comes back, too.
    if (absent === undefined) absent = setTimeout(onOver, limits.absentMs).unref();
  };
  const end = (ending: Ending) => {
    over({ ...ending, exitCode: null });
    exec.close();
  };
  const touch = () => {
    clearTimeout(idle);
    idle = setTimeout(() => end(endings.idle), limits.idleMs).unref();
  };
  const longest = setTimeout(() => end(endings.long), limits.sessionMs).unref();
  const leave = () => {
    end(endings.left);
    onOver();
  };

  exec.onOutput((data) => show(decoder.write(data)));
  exec.onExit((exitCode) => over({ ...endings.exited, exitCode }));
  touch();
  return {
    id,
    attach(outlet, subscription, after) {
      tellEnd(attached, endings.elsewhere);
      attached = { outlet, subscription, sent: after, isTold: false };
      clearTimeout(absent);
      absent = ended === undefined ? undefined : setTimeout(onOver, limits.absentMs).unref();
      outlet.send({ type: "subscribed", id: subscription, resumed: after > 0, channel: `terminal/${id}` });
      outlet.send({ type: "typed", id: subscription, sequence: typed });
      balance();
      void pump();
    },
    detach(outlet) {
      if (attached?.outlet !== outlet) return;
      sentBefore = attached.sent;
      attached = undefined;
      clearTimeout(absent);
      absent = setTimeout(leave, limits.absentMs).unref();
    },
    isSeenBy: (outlet) => attached?.outlet === outlet,
    input(sequence, data) {
      if (sequence === typed + 1 && ended === undefined) {
        typed = sequence;
        exec.write(Buffer.from(data));
        touch();
      }
      const told = typed;
      const tell = () => attached?.outlet.send({ type: "typed", id: attached.subscription, sequence: told });
      // Who pipes much in goes on when this is heard.
      if (exec.taken) void exec.taken().then(tell);
      else tell();
    },
    resize(columns, rows) {
      if (ended !== undefined) return;
      exec.resize(columns, rows);
      recording.resize(columns, rows);
    },
    end(reason) {
      clearTimeout(absent);
      end(reason);
      clearTimeout(absent);
      onOver();
    },
  };
}
