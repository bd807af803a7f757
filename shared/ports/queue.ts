export interface SendOptions {
  /** Messages of one key are handed out one at a time, in the order sent. */
  readonly key?: string;
  /** A second send with the same dedupe id within 5 minutes is acknowledged but not kept (as SQS FIFO does). */
  readonly dedupe?: string;
  /** Not handed out before this many ms have passed. 0–43,200,000: 12 hours. */
  readonly delayMs?: number;
  /** Whose share of the workers this message uses: tenants take turns. */
  readonly tenant: string;
}

export interface Leased {
  readonly id: string;
  /** Needed to ack, retry or extend; dead once the lease ran out and another holds the message. */
  readonly receipt: string;
  readonly body: string;
  /** 1 at the first hand-out. */
  readonly attempt: number;
  readonly sentAt: Date;
  readonly tenant: string;
  readonly key?: string;
}

export interface DeadLetter {
  readonly id: string;
  readonly body: string;
  readonly tenant: string;
  readonly attempts: number;
  readonly failedAt: Date;
}

/**
 * At least once; ordered per key; fair by tenant (round robin over tenants that have messages due); durable once `send` resolves. An ack
 * survives `kill -9`; after a loss of power, what was acked in its last moments may be handed out again.
 * A message handed out `attemptsMax` times without ack is moved to the dead letters and its key goes on.
 */
export interface Queue {
  /** Body at most 256 KiB. @throws Fault `too_large`. */
  send(body: string, options: SendOptions): Promise<void>;
  /** Up to `limit` (1–10) messages, each invisible to others for `leaseMs`; waits up to `waitMs` for the first. */
  lease(options: { limit: number; leaseMs: number; waitMs: number; signal?: AbortSignal }): Promise<readonly Leased[]>;
  /** Done. Acking with a receipt whose lease another took over since does nothing. */
  ack(receipt: string): Promise<void>;
  /** Not done: hand it out again after `delayMs`. */
  retry(receipt: string, delayMs: number): Promise<void>;
  /** It can never succeed: move it to the dead letters now, and let its key go on. A lost lease: nothing. */
  bury(message: Pick<Leased, "receipt" | "body" | "tenant" | "key" | "attempt">): Promise<void>;
  /** Keep it for `leaseMs` more from now. @throws Fault `conflict` when the lease was lost. */
  extend(receipt: string, leaseMs: number): Promise<void>;
  deadLetters(limit: number): Promise<readonly DeadLetter[]>;
  /** Puts dead letters back in the queue as new; returns how many. */
  redrive(limit: number): Promise<number>;
  /** Messages not yet acked, leased ones included. */
  depth(): Promise<number>;
}
