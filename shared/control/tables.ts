import * as z from "zod";
import { AgentRegistration } from "../contract/agent.ts";
import { AgentId, DataCenterId, InvitationId, KeyId, TenantId, Time, UserId } from "../contract/id.ts";
import { OwnQuota } from "../contract/quota.ts";
import { ApiKey, Invitation, Member, Tenant, User } from "../contract/identity.ts";
import type { Key } from "../ports/table.ts";
import { entity } from "./entity.ts";

/*
 * Every key of people and teams on one screen; it doubles as the list of access patterns. (Outbox and audit rows: change.ts; applications, components and data centers: component-tables.ts.)
 *
 * pk                          sk                              index pk / sk                       read by
 * tenant#T                    tenant                          —                                   tenant
 * tenant#T                    quota                           —                                   a team's own limits; written by all that is limited
 * tenant#T                    member#U                        user#U / member#T                   team's members, a person's teams
 * tenant#T                    key#K                           —                                   team's keys
 * tenant#T                    invitation#I                    —                                   team's open invitations
 * tenant#T or user#U          idempotency#<actor>#<key>       —                                   a repeated request (functions/_runtime/idempotency.ts)
 * user#U                      user                            —                                   user
 * email#<address>             email                           —                                   login; one person per address
 * session#<hash>              session                         user#U / session#<hash>             session by token, a person's sessions
 * key#<hash>                  key                             —                                   key by token
 * invitation#<hash>           invitation                      —                                   invitation by token
 * password-reset#<hash>      password-reset                  —                                   reset by token
 * attempts#<what>#<hash>      attempts                        —                                   login throttle
 * agent#A                     agent                           —                                   agent by its id
 */
const tenantOf = (tenant: string) => `tenant#${tenant}`;

export const tenants = entity("tenant", Tenant, (t) => ({ key: { pk: tenantOf(t.id), sk: "tenant" } }));
export const members = entity("member", Member, (m) => ({
  key: { pk: tenantOf(m.tenant), sk: `member#${m.user}` },
  index: { pk: `user#${m.user}`, sk: `member#${m.tenant}` },
}));

export const quotaRows = entity("quota", z.object({ tenant: TenantId, own: OwnQuota, generation: z.int() }), (q) => ({
  key: quotaKey(q.tenant),
}));
export const quotaKey = (tenant: string): Key => ({ pk: tenantOf(tenant), sk: "quota" });

/** `epoch` grows when every session but one must end; a session made in an older epoch is dead. */
export const StoredUser = User.extend({ passwordHash: z.string(), epoch: z.int(), generation: z.int() });
export type StoredUser = z.infer<typeof StoredUser>;
export const users = entity("user", StoredUser, (u) => ({ key: { pk: `user#${u.id}`, sk: "user" } }));
export const emails = entity("email", z.object({ email: z.string(), user: UserId, generation: z.int() }), (e) => ({
  key: { pk: `email#${e.email}`, sk: "email" },
}));
export const StoredSession = z.object({
  hash: z.string(),
  user: UserId,
  epoch: z.int(),
  csrf: z.string(),
  createdAt: Time,
  expiresAt: Time,
  lastUsedAt: Time,
  generation: z.int(),
});
export type StoredSession = z.infer<typeof StoredSession>;
export const sessions = entity("session", StoredSession, (s) => ({
  key: { pk: `session#${s.hash}`, sk: "session" },
  index: { pk: `user#${s.user}`, sk: `session#${s.hash}` },
  expiresAt: new Date(s.expiresAt),
}));
/** `memberSince`: of the membership in which it was made; null: a version made it that did not note it. */
export const StoredKey = ApiKey.extend({
  hash: z.string(),
  memberSince: Time.nullable().default(null),
  generation: z.int(),
});
export type StoredKey = z.infer<typeof StoredKey>;
export const keys = entity("key", StoredKey, (k) => ({ key: { pk: tenantOf(k.tenant), sk: `key#${k.id}` } }));
export const keyHashes = entity(
  "key-hash",
  z.object({ hash: z.string(), tenant: TenantId, key: KeyId, createdBy: UserId, generation: z.int() }),
  (k) => ({ key: { pk: `key#${k.hash}`, sk: "key" } }),
);
export const StoredInvitation = Invitation.extend({ hash: z.string(), generation: z.int() });
export type StoredInvitation = z.infer<typeof StoredInvitation>;
export const invitations = entity("invitation", StoredInvitation, (i) => ({
  key: { pk: tenantOf(i.tenant), sk: `invitation#${i.id}` },
  expiresAt: new Date(i.expiresAt),
}));
export const invitationHashes = entity(
  "invitation-hash",
  z.object({ hash: z.string(), tenant: TenantId, invitation: InvitationId, expiresAt: Time, generation: z.int() }),
  (i) => ({ key: { pk: `invitation#${i.hash}`, sk: "invitation" }, expiresAt: new Date(i.expiresAt) }),
);
/** Good for the `epoch` in which it was asked for: a new password ends every other. */
export const passwordResets = entity(
  "password-reset",
  z.object({ hash: z.string(), user: UserId, epoch: z.int(), expiresAt: Time, generation: z.int() }),
  (r) => ({ key: { pk: `password-reset#${r.hash}`, sk: "password-reset" }, expiresAt: new Date(r.expiresAt) }),
);
/** Failed logins of one account or one address within a window. */
export const attempts = entity(
  "attempts",
  z.object({
    what: z.enum(["account", "address", "reset"]),
    hash: z.string(),
    count: z.int(),
    endsAt: Time,
    generation: z.int(),
  }),
  (a) => ({ key: { pk: `attempts#${a.what}#${a.hash}`, sk: "attempts" }, expiresAt: new Date(a.endsAt) }),
);
/** `generation` of the row; a revoked agent's tokens are refused at once. */
export const agents = entity(
  "agent",
  z.object({
    id: AgentId,
    dataCenter: DataCenterId,
    publicKey: AgentRegistration.shape.publicKey,
    revokedAt: Time.nullable(),
    generation: z.int(),
  }),
  (a) => ({ key: { pk: `agent#${a.id}`, sk: "agent" } }),
);
