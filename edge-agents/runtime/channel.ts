import type { ClientFrame, ServerFrame, TicketClaims } from "../../shared/contract/stream.ts";

/** The way back to one client. */
export interface Outlet {
  send(frame: ServerFrame): void;
  /** Resolves when the client has taken most of what was sent, at once if it has; also when it is gone. */
  ready(): Promise<void>;
}

export interface Subscribing {
  readonly claims: TicketClaims;
  readonly frame: Extract<ClientFrame, { type: "subscribe" }>;
  /** What follows `log/` or `terminal/`. */
  readonly key: string;
}

/** A subscription that stands. */
export interface Served {
  input?(sequence: number, data: string): void;
  resize?(columns: number, rows: number): void;
  /** left: the client unsubscribed. dropped: its connection broke; it may come back. */
  close(why: "left" | "dropped"): void;
}

/** Serves one kind of channel. What it throws (a Fault) is told to the client. */
export type Channel = (subscribing: Subscribing, outlet: Outlet) => Served;
