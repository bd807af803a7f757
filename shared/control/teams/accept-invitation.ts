import { sha256 } from "../../base/digest.ts";
import { Fault } from "../../base/fault.ts";
import type { Tenant } from "../../contract/identity.ts";
import type { Write } from "../../ports/table.ts";
import { forTeam } from "../tenant-scope.ts";
import { assertWithin } from "../../domain/quota.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { publish } from "../effects.ts";
import { listAll, put, read, remove } from "../entity.ts";
import { claim } from "../quota.ts";
import { invitationHashes, invitations, members, type StoredInvitation, type StoredUser, tenants } from "../tables.ts";
import { callerFor, claimMembership, type Joining } from "./create-team.ts";

const gone = (): Fault =>
  new Fault("not_found", "This invitation does not exist: it was used, withdrawn, or has expired.", {
    next: "Ask for a new invitation.",
    reason: "invitation.gone",
  });

/** The open invitation with this token and its team. @throws Fault `not_found`. */
export async function findInvitation(deps: Core, token: string): Promise<{ invitation: StoredInvitation; tenant: Tenant }> {
  const hash = await sha256(token);
  const found = await read(deps.table, invitationHashes, { pk: `invitation#${hash}`, sk: "invitation" });
  if (!found) throw gone();
  const { table } = forTeam(deps, found.tenant);
  const [invitation, tenant] = await Promise.all([
    read(table, invitations, { pk: `tenant#${found.tenant}`, sk: `invitation#${found.invitation}` }),
    read(table, tenants, { pk: `tenant#${found.tenant}`, sk: "tenant" }),
  ]);
  if (!invitation || !tenant || invitation.hash !== hash) throw gone();
  if (Date.parse(invitation.expiresAt) <= deps.clock.now().getTime()) throw gone();
  return { invitation, tenant };
}

export async function viewInvitation(deps: Core, token: string) {
  const { invitation, tenant } = await findInvitation(deps, token);
  return { team: tenant.name, email: invitation.email, role: invitation.role, expiresAt: invitation.expiresAt };
}

/** The rows that make `user` a member and use the invitation up. @throws Fault `forbidden` when it is for another address. */
export async function joining(deps: Core, user: StoredUser, token: string): Promise<Joining> {
  const { invitation, tenant } = await findInvitation(deps, token);
  if (invitation.email !== user.email)
    throw new Fault("forbidden", `This invitation is for ${invitation.email}, not for ${user.email}.`, {
      next: `Sign in with ${invitation.email}, or ask for an invitation to your own address.`,
      reason: "invitation.other",
      params: { invited: invitation.email, email: user.email },
    });
  const member = {
    tenant: tenant.id,
    user: user.id,
    email: user.email,
    name: user.name,
    role: invitation.role,
    joinedAt: deps.clock.now().toISOString(),
    generation: 1,
  };
  const team = { id: tenant.id, name: tenant.name, role: invitation.role };
  const claimed = await claim(deps, tenant.id, async (quota) =>
    assertWithin(quota, "members", { used: (await membersOf(deps, tenant.id)).length, more: 1 }),
  );
  return { tenant, team, writes: [claimed, put(members, member), ...withdrawal(invitation)] };
}

/** The rows that end an invitation. */
export const withdrawal = (invitation: StoredInvitation): Write[] => [
  remove(invitations, invitation),
  { kind: "remove", key: { pk: `invitation#${invitation.hash}`, sk: "invitation" } },
];

const membersOf = (deps: Core, tenant: string) => listAll(deps.table, members, { pk: `tenant#${tenant}`, prefix: "member#" });

type Accepting = { user: StoredUser; token: string } & Pick<Caller, "from" | "idempotency">;
export const acceptInvitation = (deps: Core, accepting: Accepting): Promise<Tenant> =>
  onConflictRetry(deps, () => accepted(deps, accepting));

async function accepted(deps: Core, { user, token, from, idempotency }: Accepting): Promise<Tenant> {
  const { tenant, team, writes } = await joining(deps, user, token);
  const claimed = await claimMembership(deps, user);
  if (await read(deps.table, members, { pk: `tenant#${tenant.id}`, sk: `member#${user.id}` }))
    throw new Fault("conflict", `You belong to ${tenant.name} already.`, {
      next: "There is nothing to do.",
      reason: "member.already",
    });
  const caller = callerFor(user, { tenant: tenant.id, from, operation: "invitationAccept", idempotency });
  const changes = [{ path: "member", after: { email: user.email, role: team.role } }];
  return commit(
    deps,
    caller,
    { writes: [claimed, ...writes], commands: [publish(tenant.id, "member", user.id)], audit: { subject: user.id, changes } },
    tenant,
  );
}
