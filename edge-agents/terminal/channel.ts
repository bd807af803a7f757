import { randomBytes } from "node:crypto";
import { Fault, faultOf } from "../../shared/base/fault.ts";
import type { ComponentId } from "../../shared/contract/id.ts";
import { errorFrame, type TicketClaims } from "../../shared/contract/stream.ts";
import type { Cluster } from "../../shared/ports/cluster.ts";
import type { Channel, Outlet, Served, Subscribing } from "../runtime/channel.ts";
import { endings } from "./ending.ts";
import { type RecordingLimits, record, usualRecordingLimits } from "./recording.ts";
import { type Session, type SessionLimits, session, usualSessionLimits } from "./session.ts";

export interface TerminalOptions {
  readonly cluster: Pick<Cluster, "exec">;
  /** Folder of the recordings. */
  readonly home: string;
  readonly limits?: Partial<SessionLimits>;
  readonly recordings?: RecordingLimits;
  readonly now?: () => number;
}

/** Each is a process and up to 1 MiB. */
const sessionsMax = 200;
const usualSize = { columns: 80, rows: 24 };

interface Open {
  readonly session: Session;
  readonly claims: TicketClaims;
}

const mayResume = (open: Open, claims: TicketClaims): boolean =>
  open.claims.tenant === claims.tenant && open.claims.component === claims.component && open.claims.actor === claims.actor;

/** Serves `terminal/<component>` with a new session, and `terminal/<session>` with one whose client comes back. */
export function terminals(options: TerminalOptions): { readonly channel: Channel; stop(): void } {
  const { cluster, home, now = Date.now, recordings = usualRecordingLimits } = options;
  const limits = { ...usualSessionLimits, ...options.limits };
  const sessions = new Map<string, Open>();
  let starting = 0;

  const start = async ({ claims, frame }: Subscribing): Promise<Session> => {
    const { columns = usualSize.columns, rows = usualSize.rows } = frame;
    const exec = await cluster.exec({
      component: claims.component as ComponentId,
      instance: claims.instance,
      command: claims.command,
      columns,
      rows,
    });
    const id = `trm_${randomBytes(16).toString("hex")}`;
    const recording = record({
      home,
      session: id,
      title: `${claims.component} by ${claims.actor}`,
      columns,
      rows,
      now,
      limits: recordings,
    });
    const begun = session({ id, exec, recording, limits, onOver: () => sessions.delete(id) });
    sessions.set(id, { session: begun, claims });
    return begun;
  };
  const begin = async (subscribing: Subscribing): Promise<Session> => {
    if (sessions.size + starting >= sessionsMax)
      throw new Fault("exhausted", "Too many terminals are open.", {
        next: "Close one that nobody needs.",
        reason: "terminals.many",
      });
    starting += 1;
    try {
      return await start(subscribing);
    } finally {
      starting -= 1;
    }
  };

  const served = (of: () => Session | undefined, outlet: Outlet): Served => {
    const mine = () => (of()?.isSeenBy(outlet) ? of() : undefined);
    return {
      input: (sequence, data) => mine()?.input(sequence, data),
      resize: (columns, rows) => mine()?.resize(columns, rows),
      close: (why) => (why === "left" ? mine()?.end(endings.closed) : mine()?.detach(outlet)),
    };
  };

  /** The program takes a moment to start; meanwhile the client may be gone again. */
  const fresh = (subscribing: Subscribing, outlet: Outlet): Served => {
    const { id } = subscribing.frame;
    let begun: Session | undefined;
    let gone = false;
    begin(subscribing).then(
      (made) => {
        begun = made;
        if (gone) made.end(endings.closed);
        else made.attach(outlet, id, 0);
      },
      (error: unknown) => outlet.send(errorFrame(id, faultOf(error))),
    );
    const inner = served(() => begun, outlet);
    return {
      ...inner,
      close(why) {
        gone = true;
        inner.close(why);
      },
    };
  };

  const again = ({ claims, frame, key }: Subscribing, outlet: Outlet): Served => {
    const open = sessions.get(key);
    if (open === undefined || !mayResume(open, claims)) {
      outlet.send({ type: "ended", id: frame.id, ...endings.gone });
      return { close: () => {} };
    }
    open.session.attach(outlet, frame.id, frame.after ?? 0);
    if (frame.columns !== undefined && frame.rows !== undefined) open.session.resize(frame.columns, frame.rows);
    return served(() => open.session, outlet);
  };

  return {
    channel(subscribing, outlet) {
      if (subscribing.key.startsWith("trm_")) return again(subscribing, outlet);
      if (subscribing.key !== subscribing.claims.component)
        throw new Fault("forbidden", `This ticket does not open ${subscribing.frame.channel}.`, {
          next: "Get a ticket for it.",
          reason: "ticket.other",
        });
      return fresh(subscribing, outlet);
    },
    stop() {
      for (const { session: each } of [...sessions.values()]) each.end(endings.stopping);
    },
  };
}
