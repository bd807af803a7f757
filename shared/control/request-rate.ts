import * as z from "zod";
import { TenantId, Time } from "../contract/id.ts";
import { onConflictRetry } from "./change.ts";
import type { Core } from "./core.ts";
import { entity, next, put, read } from "./entity.ts";
import { quotaOf } from "./quota.ts";

/** So many seconds' worth may come at once. */
export const burstSeconds = 4;
/** What one process draws at a time, as a part of a second's worth: a fifth keeps both the writes and what idle processes hold few. */
const drawnShare = 0.2;
/** A bucket that was full long ago needs no row. */
const keptMs = 3_600_000;

/** What is left of a team's requests, for all processes that answer them. */
const requestRates = entity(
  "request-rate",
  z.object({ tenant: TenantId, tokens: z.number(), at: Time, generation: z.int() }),
  (r) => ({ key: keyOf(r.tenant), expiresAt: new Date(Date.parse(r.at) + keptMs) }),
);
const keyOf = (tenant: string) => ({ pk: `tenant#${tenant}`, sk: "request-rate" });

/** `waitSeconds`: until there is one again, when none was. */
export interface Drawn {
  readonly requests: number;
  readonly limit: number;
  readonly waitSeconds: number;
}

/** Takes some of a team's requests out of the bucket that all processes share. */
export const drawRequests = (deps: Core, tenant: TenantId): Promise<Drawn> =>
  onConflictRetry(deps, async () => {
    const now = deps.clock.now();
    const [{ requestsPerSecond: limit }, row] = await Promise.all([
      quotaOf(deps, tenant),
      read(deps.table, requestRates, keyOf(tenant)),
    ]);
    const full = limit * burstSeconds;
    // Of a time to come, the clock was set back since.
    const elapsed = row ? Math.abs(now.getTime() - Date.parse(row.at)) / 1_000 : 0;
    const tokens = Math.min(full, (row?.tokens ?? full) + elapsed * limit);
    const requests = Math.min(Math.floor(tokens), Math.max(1, Math.floor(limit * drawnShare)));
    if (requests < 1) return { requests: 0, limit, waitSeconds: (1 - tokens) / limit };
    const known = row ?? { tenant, tokens, at: "", generation: 0 };
    await deps.table.transact([put(requestRates, next(known, { tokens: tokens - requests, at: now.toISOString() }))]);
    return { requests, limit, waitSeconds: 0 };
  });
