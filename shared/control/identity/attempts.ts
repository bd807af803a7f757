import { sha256 } from "../../base/digest.ts";
import { Fault } from "../../base/fault.ts";
import { networkOf } from "../../domain/client-network.ts";
import { onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { next, put, read, remove } from "../entity.ts";
import { attempts } from "../tables.ts";

const windowMs = 15 * 60_000;
/**
 * Guesses within a window. Derivation: 10 in 15 minutes are 350,000 a year against one account, too few for a password of 12
 * characters; an address may be an office with a hundred people behind it; three mails to one mailbox are two more than anyone needs.
 */
const limits = { account: 10, address: 100, reset: 3 } as const;
type What = keyof typeof limits;
export interface Subject {
  readonly what: What;
  readonly name: string;
}

const keyOf = async ({ what, name }: Subject) => ({ hash: await sha256(what === "address" ? networkOf(name) : name), what });
const placeOf = ({ what, hash }: { what: What; hash: string }) => ({ pk: `attempts#${what}#${hash}`, sk: "attempts" });

/** Counts an attempt before it is made, so that many at once cannot slip through. @throws Fault `throttled`. */
export async function countAttempt(deps: Core, subject: Subject): Promise<void> {
  const key = await keyOf(subject);
  await onConflictRetry(deps, async () => {
    const now = deps.clock.now().getTime();
    const stored = await read(deps.table, attempts, placeOf(key));
    const leftMs = stored ? leftOf(Date.parse(stored.endsAt) - now) : 0;
    if (stored && leftMs > 0 && stored.count >= limits[subject.what]) throw tooMany(leftMs / 1_000);
    const fresh = { count: 1, endsAt: new Date(now + windowMs).toISOString() };
    const counted = leftMs > 0 ? { count: (stored?.count ?? 0) + 1 } : fresh;
    const row = stored ? next(stored, counted) : { ...key, ...fresh, generation: 1 };
    await deps.table.transact([put(attempts, row)]);
  });
}

/** How far clocks of two machines are apart at most. */
const skewMs = 60_000;
/** Of a window that ends later than any can, the clock was set back since: it is over. */
const leftOf = (ms: number): number => (ms > windowMs + skewMs ? 0 : ms);

/** It was no guess: an account's count begins anew, an address's loses this one. */
export async function forgiveAttempt(deps: Core, subject: Subject): Promise<void> {
  const key = await keyOf(subject);
  await onConflictRetry(deps, async () => {
    const stored = await read(deps.table, attempts, placeOf(key));
    if (!stored) return;
    const gone = subject.what === "account" || stored.count <= 1;
    await deps.table.transact([gone ? remove(attempts, stored) : put(attempts, next(stored, { count: stored.count - 1 }))]);
  });
}

const tooMany = (seconds: number): Fault =>
  new Fault("throttled", "Too many attempts.", {
    next: `Wait ${Math.ceil(seconds / 60)} minutes, then try again.`,
    retryAfterSeconds: Math.ceil(seconds),
    reason: "attempts.many",
    params: { minutes: Math.ceil(seconds / 60) },
  });
