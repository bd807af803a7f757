import { isFault } from "../../base/fault.ts";
import type { Command } from "../../contract/commands.ts";
import { AuditEntryId } from "../../contract/id.ts";
import type { Member } from "../../contract/identity.ts";
import { systemCaller } from "../caller.ts";
import type { Caller } from "../change.ts";
import type { Core } from "../core.ts";
import { forTeam } from "../tenant-scope.ts";
import { auditInTeams, membershipsOf, type Told } from "./audit-in-teams.ts";
import { sendCommand, userOf } from "./password-reset.ts";

/** Asked for whether or not anyone has that address, so that a refusal takes as long either way. */
export const noteRefusedSignIn = (deps: Core, { email, from }: { email: string; from: Caller["from"] }): Promise<void> =>
  sendCommand(deps, {
    kind: "noteRefusedSignIn",
    version: 1,
    entry: AuditEntryId.parse(deps.ids.next("aud")),
    email,
    from,
  });

/** The account's teams may see that someone tried; who it was, nobody knows. */
export async function auditRefusedSignIn(
  deps: Core,
  { email, from, entry }: Extract<Command, { kind: "noteRefusedSignIn" }>,
): Promise<void> {
  const user = await userOf(deps, email);
  const joined = user ? await membershipsOf(deps, user.id) : [];
  for (const member of user ? joined : []) await auditInTeam(forTeam(deps, member.tenant), member, { from, entry });
}

async function auditInTeam(deps: Core, member: Member, told: Pick<Told, "from" | "entry">): Promise<void> {
  const { actor, operation } = systemCaller(member.tenant, "noteRefusedSignIn");
  const changes = [{ path: "session", after: "refused" }];
  try {
    await deps.table.transact(auditInTeams(deps, [member], { user: member.user, actor, operation, changes, ...told }));
  } catch (error) {
    // The command came a second time.
    if (!isFault(error, "conflict")) throw error;
  }
}
