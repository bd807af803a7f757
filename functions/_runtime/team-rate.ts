import { Fault } from "../../shared/base/fault.ts";
import type { TenantId } from "../../shared/contract/id.ts";
import type { Core } from "../../shared/control/core.ts";
import { burstSeconds, drawRequests } from "../../shared/control/request-rate.ts";

/**
 * What a process lets pass without asking: a person's clicks cost no write. So many processes more than a team's limit may answer in all, each this
 * many at once and one a second.
 */
const free = { burst: 20, perSecond: 1 };
/** With so few left it draws more, beside the work on a request. */
const few = 5;
const teamsMax = 10_000;

interface Hand {
  tokens: number;
  at: number;
  drawing: Promise<void> | undefined;
  refusal: { readonly since: number; readonly until: number; readonly limit: number } | undefined;
}

/**
 * A team's requests, over all processes: each has a few in hand and draws more from the team's bucket in the table. Resolves when the request may go
 * on, to what is to be awaited before its answer. @throws Fault `throttled`.
 */
export function teamRate() {
  const hands = new Map<string, Hand>();

  const handOf = (tenant: TenantId, now: number): Hand => {
    const hand = hands.get(tenant) ?? { tokens: free.burst, at: now, drawing: undefined, refusal: undefined };
    hands.delete(tenant);
    if (hands.size >= teamsMax) hands.delete(hands.keys().next().value ?? "");
    hands.set(tenant, hand);
    const refilled = Math.min(free.burst, hand.tokens + (Math.max(0, now - hand.at) / 1_000) * free.perSecond);
    return Object.assign(hand, { tokens: Math.max(hand.tokens, refilled), at: now });
  };
  const draw = async (deps: Core, tenant: TenantId, hand: Hand): Promise<void> => {
    const now = deps.clock.now().getTime();
    const { requests, limit, waitSeconds } = await drawRequests(deps, tenant);
    hand.tokens += requests;
    hand.refusal = requests > 0 ? undefined : { since: now, until: now + waitSeconds * 1_000, limit };
  };
  /** One at a time. */
  const drawOnce = (deps: Core, tenant: TenantId, hand: Hand): Promise<void> => {
    hand.drawing ??= draw(deps, tenant, hand).finally(() => {
      hand.drawing = undefined;
    });
    return hand.drawing;
  };

  return async (deps: Core, tenant: TenantId): Promise<Promise<void>[]> => {
    const now = deps.clock.now().getTime();
    const hand = handOf(tenant, now);
    while (hand.tokens < 1) {
      if (hand.refusal && isHeld(hand, now)) throw tooMany(hand.refusal.limit, hand.refusal.until - now);
      await drawOnce(deps, tenant, hand);
    }
    hand.tokens--;
    // What a draw beside the work meets, the next one meets in its turn.
    return hand.tokens < few && !isHeld(hand, now) ? [drawOnce(deps, tenant, hand).catch(() => {})] : [];
  };
}

/** Before `since` the clock was set back. */
const isHeld = ({ refusal }: Hand, now: number): boolean => refusal !== undefined && now >= refusal.since && now < refusal.until;

const tooMany = (limit: number, waitMs: number): Fault =>
  new Fault(
    "throttled",
    `The team's people and API keys may make ${limit} requests a second together, ${limit * burstSeconds} at once, and have made more.`,
    {
      next: "Wait as long as the header retry-after says; if it is too few, ask the platform's operator for a higher limit.",
      reason: "requests.team",
      params: { limit, burst: limit * burstSeconds },
      retryAfterSeconds: waitMs / 1_000,
    },
  );
