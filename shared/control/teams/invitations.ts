import { sha256 } from "../../base/digest.ts";
import { Fault, notFound } from "../../base/fault.ts";
import type { Page } from "../../base/page.ts";
import { InvitationId, type UserId } from "../../contract/id.ts";
import { Invitation, type Role } from "../../contract/identity.ts";
import { credentialOf } from "../../domain/credential.ts";
import { invitationMail } from "../../domain/mail.ts";
import type { Notifier } from "../../ports/notifier.ts";
import { assertWithin } from "../../domain/quota.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { publish } from "../effects.ts";
import { list, listAll, put, read } from "../entity.ts";
import { claim } from "../quota.ts";
import { invitationHashes, invitations, members, type StoredInvitation } from "../tables.ts";
import { withdrawal } from "./accept-invitation.ts";
import { type PageWish, pageFor } from "./members.ts";
import { viewTeam } from "./team.ts";

const validDays = 7;
/** More open invitations than any team sends in a week; a stolen session cannot make it a spam cannon. */
const openMax = 100;

export interface InvitationWish {
  readonly email: string;
  readonly role: Role;
  readonly invitedBy: UserId;
}

/** A second invitation to the same address replaces the first. The token is answered this once. */
export async function createInvitation(deps: MailDeps, caller: Caller, wish: InvitationWish): Promise<Invited> {
  const invited = await writeInvitation(deps, caller, wish);
  await tell(deps, caller, invited);
  return invited;
}

type MailDeps = Core & { readonly notifier: Notifier; readonly settings: { readonly url: string } };
interface Invited {
  readonly invitation: Invitation;
  readonly token: string;
}

/** Whoever invites has the link too, so a mail that could not be sent is no failure. */
async function tell(deps: MailDeps, caller: Caller, { invitation, token }: Invited): Promise<void> {
  const { name: team } = await viewTeam(deps, caller);
  const words = invitationMail({ team, by: caller.actor.name, url: deps.settings.url, token, days: validDays });
  await deps.notifier
    .send({ to: invitation.email, ...words })
    .catch((error: unknown) => deps.log.warn({ error, invitation: invitation.id }, "an invitation was not mailed"));
}

const writeInvitation = (deps: Core, caller: Caller, wish: InvitationWish): Promise<Invited> =>
  onConflictRetry(deps, () => writtenInvitation(deps, caller, wish));

async function writtenInvitation(deps: Core, caller: Caller, wish: InvitationWish): Promise<Invited> {
  const open = await openInvitations(deps, caller);
  await assertNoMember(deps, caller, wish.email);
  const earlier = open.filter((i) => i.email === wish.email);
  if (open.length - earlier.length >= openMax)
    throw new Fault("exhausted", `A team has at most ${openMax} open invitations.`, {
      next: "Withdraw some first.",
      reason: "invitations.many",
      params: { limit: openMax },
    });
  const claimed = await claim(deps, caller.tenant, async (quota) =>
    assertWithin(quota, "members", { used: (await seatsTaken(deps, caller, wish.email)).length, more: 1 }),
  );
  const { invitation, token } = await newInvitation(deps, caller, wish);
  const { hash, tenant, id, expiresAt } = invitation;
  const writes = [
    claimed,
    ...earlier.flatMap(withdrawal),
    put(invitations, invitation),
    put(invitationHashes, { hash, tenant, invitation: id, expiresAt, generation: 1 }),
  ];
  const changes = [{ path: "invitation", after: { email: wish.email, role: wish.role } }];
  const commands = [publish(tenant, "invitation", id)];
  return commit(
    deps,
    caller,
    { writes, commands, audit: { subject: id, changes } },
    { invitation: Invitation.parse(invitation), token },
  );
}

async function newInvitation(deps: Core, { tenant }: Caller, { email, role, invitedBy }: InvitationWish) {
  const token = credentialOf("invite", deps.ids.secret());
  const now = deps.clock.now();
  const invitation: StoredInvitation = {
    id: InvitationId.parse(deps.ids.next("inv")),
    tenant,
    email,
    role,
    invitedBy,
    createdAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + validDays * 86_400_000).toISOString(),
    hash: await sha256(token),
    generation: 1,
  };
  return { invitation, token };
}

async function assertNoMember(deps: Core, { tenant }: Caller, email: string): Promise<void> {
  const all = await listAll(deps.table, members, { pk: `tenant#${tenant}`, prefix: "member#" });
  if (all.some((member) => member.email === email))
    throw new Fault("conflict", `${email} belongs to the team already.`, {
      next: "There is nothing to do.",
      reason: "member.already",
    });
}

/** Members, and those who may become some; `except`: an address that is invited anew. */
export async function seatsTaken(deps: Pick<Core, "table" | "clock">, { tenant }: Pick<Caller, "tenant">, except?: string) {
  const [joined, open] = await Promise.all([
    listAll(deps.table, members, { pk: `tenant#${tenant}`, prefix: "member#" }),
    openInvitations(deps, { tenant }),
  ]);
  return [...joined, ...open.filter((invitation) => invitation.email !== except)];
}

const isOpen = (deps: Pick<Core, "clock">) => (i: StoredInvitation) => Date.parse(i.expiresAt) > deps.clock.now().getTime();
const openInvitations = async (
  deps: Pick<Core, "table" | "clock">,
  { tenant }: Pick<Caller, "tenant">,
): Promise<StoredInvitation[]> =>
  (await listAll(deps.table, invitations, { pk: `tenant#${tenant}`, prefix: "invitation#" })).filter(isOpen(deps));

export async function listInvitations(deps: Core, { tenant }: Caller, wish: PageWish): Promise<Page<Invitation>> {
  const page = await list(deps.table, invitations, { pk: `tenant#${tenant}`, prefix: "invitation#", ...pageFor(wish) });
  return { ...page, items: page.items.filter(isOpen(deps)) };
}

export async function removeInvitation(
  deps: Core,
  caller: Caller,
  { invitation: id }: { invitation: string },
): Promise<undefined> {
  const invitation = await read(deps.table, invitations, { pk: `tenant#${caller.tenant}`, sk: `invitation#${id}` });
  if (!invitation) throw notFound("invitation", id);
  const changes = [{ path: "invitation", before: { email: invitation.email, role: invitation.role } }];
  const commands = [publish(invitation.tenant, "invitation", id)];
  return commit(deps, caller, { writes: withdrawal(invitation), commands, audit: { subject: id, changes } }, undefined);
}
