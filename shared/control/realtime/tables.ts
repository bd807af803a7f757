import * as z from "zod";
import { AgentId, DataCenterId, TenantId, UserId } from "../../contract/id.ts";
import { Actor, Role } from "../../contract/identity.ts";
import { entity } from "../entity.ts";

/*
 * pk                          sk                              index pk / sk                       read by
 * connection#X                connection                      —                                   each frame
 * connection#X                subscription#<id>               tenant#T#channel#<c> / X#<id>       publish, disconnect
 */

/** API Gateway cuts every connection after 2 hours. */
export const connectionMs = 2 * 3_600_000 + 60_000;

const Opened = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("agent"), agent: AgentId, dataCenter: DataCenterId }),
  z.object({
    kind: z.literal("member"),
    tenant: TenantId,
    actor: Actor,
    role: Role,
    applications: z.array(z.string()).nullable(),
    /** Hash of the session it was opened by; null: by an API key. */
    session: z.string().nullable(),
    /** The person, or the one who made the key. */
    user: UserId,
  }),
]);
const Connection = z.object({ id: z.string(), opened: Opened, openedAt: z.string(), generation: z.int() });
export type Connection = z.infer<typeof Connection>;
export type MemberOpened = Extract<Connection["opened"], { kind: "member" }>;
export const connectionKey = (id: string) => ({ pk: `connection#${id}`, sk: "connection" });
export const connections = entity("connection", Connection, (c) => ({
  key: connectionKey(c.id),
  expiresAt: new Date(Date.parse(c.openedAt) + connectionMs),
}));

/** `sent`: the sequence number of the newest thing its client got. */
const Subscription = z.object({
  connection: z.string(),
  id: z.string(),
  tenant: TenantId,
  channel: z.string(),
  sent: z.int(),
  search: z.string().nullable(),
  follow: z.boolean(),
  caughtUp: z.boolean(),
  openedAt: z.string(),
  generation: z.int(),
});
export type Subscription = z.infer<typeof Subscription>;
export const subscriptions = entity("subscription", Subscription, (s) => ({
  key: { pk: `connection#${s.connection}`, sk: `subscription#${s.id}` },
  index: { pk: channelPartition(s.tenant, s.channel), sk: `${s.connection}#${s.id}` },
  expiresAt: new Date(Date.parse(s.openedAt) + connectionMs),
}));
export const channelPartition = (tenant: string, channel: string): string => `tenant#${tenant}#channel#${channel}`;
