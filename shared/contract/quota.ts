import * as z from "zod";

const count = z.int().min(0).max(1_000_000_000);

/** What one team may have at most. */
export const Quota = z
  .object({
    applications: count,
    componentsPerApplication: count,
    components: count,
    /** Over all components, each with as many as it may scale to. */
    instances: count,
    /** Sum of what the instances may use. */
    memoryMib: count,
    /** Sum of the volumes. */
    storageMib: count,
    /** Open invitations included. */
    members: count,
    keys: count,
    dataCenters: count,
    /** Others wait for their turn. */
    buildsAtOnce: count.min(1),
    checksAtOnce: count.min(1),
    /** Of all its people and keys together, steadily; four times as many at once. */
    requestsPerSecond: count.min(1),
    /** What its builds may log in a day, and as much again what its components may log in each data center. */
    logMibPerDay: count,
  })
  .meta({ id: "Quota", description: "What one team may have at most." });
export type Quota = z.infer<typeof Quota>;
/** What a team has instead of the platform's limits. */
export const OwnQuota = Quota.partial();
export type OwnQuota = z.infer<typeof OwnQuota>;
export const QuotaName = Quota.keyof();
export type QuotaName = z.infer<typeof QuotaName>;

/** What a data center must know of a team's limits. `generation`: of what the team has of its own; a higher one is newer. */
export const TeamLimits = Quota.pick({ instances: true, memoryMib: true, logMibPerDay: true }).extend({ generation: z.int() });
export type TeamLimits = z.infer<typeof TeamLimits>;

/** `used: null`: nobody counts it for longer than a moment. `own`: the limit was set for this team, others have another. */
export const QuotaUse = z
  .object({ items: z.array(z.object({ name: QuotaName, limit: z.int(), used: z.int().nullable(), own: z.boolean() })) })
  .meta({ id: "QuotaUse", description: "Each limit of a team, and how much of it is used." });
export type QuotaUse = z.infer<typeof QuotaUse>;
