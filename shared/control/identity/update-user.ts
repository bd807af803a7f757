import { Fault } from "../../base/fault.ts";
import type { Session } from "../../contract/identity.ts";
import type { Passwords } from "../../ports/passwords.ts";
import type { Write } from "../../ports/table.ts";
import { audited, type Caller } from "../change.ts";
import type { Core } from "../core.ts";
import { listAll, next, put } from "../entity.ts";
import { members, sessions, type StoredSession, type StoredUser, users } from "../tables.ts";
import { countAttempt, forgiveAttempt } from "./attempts.ts";
import { sessionFor, teamsOf } from "./session.ts";

export interface UserChange {
  readonly person: { readonly user: StoredUser; readonly session: StoredSession };
  readonly from: Caller["from"];
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  readonly currentPassword?: string | undefined;
  readonly idempotency: Caller["idempotency"];
}

/** A new password ends every session but the one that set it. Each team of the person learns of the change. */
export async function updateUser(deps: Core & { passwords: Passwords }, change: UserChange): Promise<Session> {
  const { person, name, password } = change;
  if (password !== undefined) await assertCurrent(deps, change);
  const passwordHash = password === undefined ? person.user.passwordHash : await deps.passwords.hash(password);
  const epoch = person.user.epoch + (password === undefined ? 0 : 1);
  const user = next(person.user, { name: name ?? person.user.name, passwordHash, epoch });
  const session = next(person.session, { epoch });
  const result = sessionFor(user, session, await teamsOf(deps, user.id));
  const repeat = change.idempotency ? [await change.idempotency(result)] : [];
  const told = await tellTeams(deps, change, user);
  await deps.table.transact([put(users, user), put(sessions, session), ...told, ...repeat]);
  return result;
}

/** @throws Fault `invalid`; `throttled` after too many wrong ones. */
async function assertCurrent(deps: Core & { passwords: Passwords }, { person, currentPassword }: UserChange): Promise<void> {
  const account = { what: "account", name: person.user.email } as const;
  await countAttempt(deps, account);
  if (!(await deps.passwords.verify(person.user.passwordHash, currentPassword ?? "")))
    throw new Fault("invalid", "The current password is not right.", {
      next: "Send your current password with the new one.",
      fields: [{ path: "currentPassword", message: "is not your current password" }],
    });
  await forgiveAttempt(deps, account);
}

async function tellTeams(deps: Core, { person, from, password }: UserChange, user: StoredUser): Promise<Write[]> {
  const joined = await listAll(deps.table, members, { pk: `user#${user.id}`, prefix: "member#", byIndex: true });
  const changes = [
    ...(user.name === person.user.name ? [] : [{ path: "name", before: person.user.name, after: user.name }]),
    ...(password === undefined ? [] : [{ path: "password" }]),
  ];
  return joined.flatMap((member) => {
    const caller: Caller = {
      tenant: member.tenant,
      actor: { kind: "user", id: user.id, name: user.name },
      from,
      operation: "userUpdate",
      applications: null,
      idempotency: null,
    };
    return [put(members, next(member, { name: user.name })), audited(deps, caller, { subject: user.id, changes })];
  });
}
