import { unreachable } from "../../base/fault.ts";
import type { DeadLetter, Leased, SendOptions } from "../../ports/queue.ts";
import { Agenda, nowhere } from "./agenda.ts";
import { Turns } from "./line.ts";
import { dedupeMs } from "./rules.ts";

/** A clock that goes back by more was set. */
const setBackMsMin = 1_000;

/** What happened to a queue. Its facts in their order are the queue: who replays them has it. */
export type Fact =
  | readonly ["sent", id: number, tenant: string, key: string | null, body: string, sentAt: number, delayMs: number]
  /** Leased (until then), its lease extended, or given back. `at`: when; facts that a version before told have none. */
  | readonly ["moved", id: number, visibleAt: number, attempt: number, isLeased: boolean, at?: number]
  | readonly ["done", id: number]
  | readonly ["buried", id: number, failedAt: number]
  | readonly ["redriven", id: number]
  | readonly ["deduped", tenant: string, dedupe: string, until: number]
  /** Begins anew: the facts that follow say all that is left. Ids go on, so that no receipt is ever given again. */
  | readonly ["compacted", lastId: number, at?: number];

interface Message {
  readonly id: number;
  readonly tenant: string;
  readonly key: string | null;
  readonly body: string;
  sentAt: number;
  visibleAt: number;
  attempt: number;
  isLeased: boolean;
  /** The next one of its key: comes when this one is done. */
  behind: Message | undefined;
  slot: number;
}

interface Dead {
  readonly message: Message;
  failedAt: number;
}

/**
 * A queue in memory. A message that is not done is in one of three places:
 *
 *   behind   another of its key
 *   waiting  not before `visibleAt` (delayed, or leased)
 *   due
 *
 *   send ──► behind ──(the one before is done)──► waiting ──(`visibleAt` passed)──► due ──(take)──► waiting
 *
 * A method decides and tells what happens as facts; what a fact changes is the same when it is told and when it is replayed.
 */
export class QueueState {
  readonly #messages = new Map<number, Message>();
  readonly #dead = new Map<number, Dead>();
  /** Of each key that has any, the one sent last. */
  readonly #lastOf = new Map<string, Message>();
  readonly #waiting = new Agenda<Message>();
  readonly #due = new Turns<Message>();
  readonly #dedupes = new Map<string, Fact & { 0: "deduped" }>();
  #lastId = 0;
  /** The latest time that was told: by a clock, or by what happened while no process ran that could see the clock be set. */
  #at = 0;
  #prunedAt = 0;
  #isSetBack = false;
  #told: Fact[] = [];

  /** The time of what is asked from here on. */
  tick(at: number): void {
    if (this.#at - at > setBackMsMin) this.#setBack(this.#at - at);
    this.#at = at;
    if (at - this.#prunedAt < dedupeMs) return;
    this.#prunedAt = at;
    for (const [name, [, , , until]] of this.#dedupes) if (until <= at) this.#dedupes.delete(name);
  }

  add(body: string, { tenant, key, dedupe, delayMs = 0 }: SendOptions): void {
    if (dedupe !== undefined && this.#isRepeated(tenant, dedupe)) return;
    this.#tell(["sent", this.#lastId + 1, tenant, key ?? null, body, this.#at, delayMs]);
  }

  take(limit: number, leaseMs: number, attemptsMax: number): Leased[] {
    this.#promote(attemptsMax);
    const taken: Message[] = [];
    for (let message = this.#due.shift(); message; message = taken.length < limit ? this.#due.shift() : undefined)
      taken.push(message);
    for (const { id, attempt } of taken) this.#tell(["moved", id, this.#at + leaseMs, attempt + 1, true, this.#at]);
    return taken.map(leasedOf);
  }

  remove(receipt: string): void {
    const message = this.#heldBy(receipt);
    if (message) this.#tell(["done", message.id]);
  }

  giveBack(receipt: string, delayMs: number, attemptsMax: number): void {
    const message = this.#heldBy(receipt);
    if (!message) return;
    if (message.attempt >= attemptsMax) this.#tell(["buried", message.id, this.#at]);
    else this.#tell(["moved", message.id, this.#at + delayMs, message.attempt, false, this.#at]);
  }

  bury(receipt: string): void {
    const message = this.#heldBy(receipt);
    if (message) this.#tell(["buried", message.id, this.#at]);
  }

  /** Whether the lease was held still. */
  extend(receipt: string, leaseMs: number): boolean {
    const message = this.#heldBy(receipt);
    if (!message || message.visibleAt <= this.#at) return false;
    this.#tell(["moved", message.id, this.#at + leaseMs, message.attempt, true, this.#at]);
    return true;
  }

  redrive(limit: number): number {
    const dead = [...this.#dead.values()].slice(0, limit);
    for (const { message } of dead) {
      const { id, tenant, key, body } = message;
      this.#tell(["redriven", id]);
      this.add(body, { tenant, ...(key !== null && { key }) });
    }
    return dead.length;
  }

  deadLetters(limit: number): DeadLetter[] {
    return [...this.#dead.values()].slice(0, limit).map(deadLetterOf);
  }

  get depth(): number {
    return this.#messages.size;
  }

  get nextDueAt(): number | undefined {
    return this.#due.size > 0 ? this.#at : this.#waiting.first?.visibleAt;
  }

  /** Whether what is due is due at other times than the facts say: to be kept, they are to be compacted. */
  get isSetBack(): boolean {
    return this.#isSetBack;
  }

  /** What happened since this was asked last. */
  told(): readonly Fact[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }

  /** As few facts as make the same queue. */
  compacted(): readonly Fact[] {
    this.#isSetBack = false;
    return [
      ["compacted", this.#lastId, this.#at],
      ...this.#dedupes.values(),
      ...[...this.#dead.values()].flatMap(({ message, failedAt }) => [
        ...factsOf(message),
        ["buried", message.id, failedAt] as const,
      ]),
      ...[...this.#messages.values()].flatMap(factsOf),
    ];
  }

  replay(fact: Fact): void {
    this.#at = Math.max(this.#at, timeOf(fact));
    switch (fact[0]) {
      case "sent": {
        const [, id, tenant, key, body, sentAt, delayMs] = fact;
        const visibleAt = sentAt + delayMs;
        this.#enter({ id, tenant, key, body, sentAt, visibleAt, attempt: 0, isLeased: false, behind: undefined, slot: nowhere });
        break;
      }
      case "moved":
        this.#move(fact);
        break;
      case "done":
        this.#end(this.#found(fact[1]));
        break;
      case "buried":
        this.#bury(this.#found(fact[1]), fact[2]);
        break;
      case "redriven":
        this.#dead.delete(fact[1]);
        break;
      case "deduped":
        this.#dedupes.set(nameOf(fact[1], fact[2]), fact);
        break;
      case "compacted":
        this.#lastId = fact[1];
        break;
      default:
        unreachable(fact);
    }
  }

  /** Everything was dated by the clock as it was: it is due as soon as it would have been. */
  #setBack(ms: number): void {
    this.#isSetBack = true;
    this.#prunedAt -= ms;
    for (const message of this.#messages.values()) {
      message.sentAt -= ms;
      message.visibleAt -= ms;
    }
    for (const dead of this.#dead.values()) {
      dead.message.sentAt -= ms;
      dead.failedAt -= ms;
    }
    for (const [name, [kind, tenant, dedupe, until]] of this.#dedupes)
      this.#dedupes.set(name, [kind, tenant, dedupe, until - ms]);
  }

  #tell(fact: Fact): void {
    this.replay(fact);
    this.#told.push(fact);
  }

  #isRepeated(tenant: string, dedupe: string): boolean {
    const known = this.#dedupes.get(nameOf(tenant, dedupe));
    if (known && known[3] > this.#at) return true;
    this.#tell(["deduped", tenant, dedupe, this.#at + dedupeMs]);
    return false;
  }

  /** The first of those that were delayed and are due now, or leased and never acked. */
  get #passed(): Message | undefined {
    const first = this.#waiting.first;
    return first && first.visibleAt <= this.#at ? first : undefined;
  }

  #promote(attemptsMax: number): void {
    for (let message = this.#passed; message; message = this.#passed)
      if (message.attempt >= attemptsMax) this.#tell(["buried", message.id, this.#at]);
      else {
        this.#waiting.leave(message);
        this.#due.push(message);
      }
  }

  #found(id: number): Message {
    const message = this.#messages.get(id);
    if (!message) throw new Error(`there is no message ${id}`);
    return message;
  }

  #heldBy(receipt: string): Message | undefined {
    const dot = receipt.indexOf(".");
    const message = this.#messages.get(Number(receipt.slice(0, dot)));
    return message?.isLeased && message.attempt === Number(receipt.slice(dot + 1)) ? message : undefined;
  }

  #enter(message: Message): void {
    const { id, tenant, key } = message;
    this.#messages.set(id, message);
    this.#lastId = Math.max(this.#lastId, id);
    const before = key === null ? undefined : this.#lastOf.get(nameOf(tenant, key));
    if (key !== null) this.#lastOf.set(nameOf(tenant, key), message);
    if (before) before.behind = message;
    else this.#place(message);
  }

  #leave(message: Message): void {
    if (message.slot === nowhere) this.#due.leave(message);
    else this.#waiting.leave(message);
  }

  /** Behind those that have passed, if any, so that none is overtaken. What was leased, long ago where it is replayed, may have been lost once too often. */
  #place(message: Message): void {
    if (message.isLeased || message.visibleAt > this.#at || this.#passed) this.#waiting.push(message);
    else this.#due.push(message);
  }

  #move([, id, visibleAt, attempt, isLeased]: Fact & { 0: "moved" }): void {
    const message = this.#found(id);
    this.#leave(message);
    message.visibleAt = visibleAt;
    message.attempt = attempt;
    message.isLeased = isLeased;
    this.#place(message);
  }

  #bury(message: Message, failedAt: number): void {
    this.#dead.set(message.id, { message, failedAt });
    this.#end(message);
  }

  #end(message: Message): void {
    this.#leave(message);
    this.#messages.delete(message.id);
    const { tenant, key, behind } = message;
    message.behind = undefined; // a dead letter would keep it
    if (behind) this.#place(behind);
    else if (key !== null) this.#lastOf.delete(nameOf(tenant, key));
  }
}

/** When it happened at the earliest. */
function timeOf(fact: Fact): number {
  switch (fact[0]) {
    case "sent":
      return fact[5];
    case "moved":
      return fact[5] ?? 0;
    case "buried":
    case "compacted":
      return fact[2] ?? 0;
    default:
      return 0;
  }
}

const nameOf = (tenant: string, name: string): string => `${tenant}\0${name}`;

function factsOf({ id, tenant, key, body, sentAt, visibleAt, attempt, isLeased }: Message): Fact[] {
  if (attempt === 0) return [["sent", id, tenant, key, body, sentAt, visibleAt - sentAt]];
  return [
    ["sent", id, tenant, key, body, sentAt, 0],
    ["moved", id, visibleAt, attempt, isLeased],
  ];
}

const deadLetterOf = ({ message: { id, body, tenant, attempt }, failedAt }: Dead): DeadLetter => ({
  id: String(id),
  body,
  tenant,
  attempts: attempt,
  failedAt: new Date(failedAt),
});

const leasedOf = ({ id, body, attempt, sentAt, tenant, key }: Message): Leased => ({
  id: String(id),
  receipt: `${id}.${attempt}`,
  body,
  attempt,
  sentAt: new Date(sentAt),
  tenant,
  ...(key !== null && { key }),
});
