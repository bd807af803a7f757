import { Fault } from "../../base/fault.ts";
import type { Session } from "../../contract/identity.ts";
import type { Passwords } from "../../ports/passwords.ts";
import type { Write } from "../../ports/table.ts";
import { type Caller, onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { next, put, read } from "../entity.ts";
import { members, type StoredSession, type StoredUser, sessions, users } from "../tables.ts";
import { auditInTeams, membershipsOf } from "./audit-in-teams.ts";
import { countAttempt, forgiveAttempt } from "./attempts.ts";
import { sessionFor, teamsOf } from "./session.ts";

type Person = { readonly user: StoredUser; readonly session: StoredSession };
export interface UserChange {
  readonly person: Person;
  readonly from: Caller["from"];
  readonly name?: string | undefined;
  readonly password?: string | undefined;
  readonly currentPassword?: string | undefined;
  readonly idempotency: Caller["idempotency"];
}

/** A new password ends every session but the one that set it. Each team of the person learns of the change. */
export async function updateUser(deps: Core & { passwords: Passwords }, change: UserChange): Promise<Session> {
  const { name, password } = change;
  if (password !== undefined) await assertCurrent(deps, change);
  const passwordHash = password === undefined ? undefined : await deps.passwords.hash(password);
  return onConflictRetry(deps, async () => {
    const before = await newest(deps, change.person);
    const epoch = before.user.epoch + (passwordHash === undefined ? 0 : 1);
    const user = next(before.user, { epoch, ...(name !== undefined && { name }), ...(passwordHash && { passwordHash }) });
    const session = next(before.session, { epoch });
    const result = sessionFor(user, session, await teamsOf(deps, user.id));
    const repeat = change.idempotency ? [await change.idempotency(result)] : [];
    const told = await tellTeams(deps, change, { before: before.user, after: user });
    await deps.table.transact([put(users, user), put(sessions, session), ...told, ...repeat]);
    return result;
  });
}

/** As they are now: a session's "last used" may have been written since it was read. @throws Fault `unauthenticated`. */
async function newest(deps: Core, { user: { id }, session: { hash, epoch } }: Person): Promise<Person> {
  const [user, session] = await Promise.all([
    read(deps.table, users, { pk: `user#${id}`, sk: "user" }),
    read(deps.table, sessions, { pk: `session#${hash}`, sk: "session" }),
  ]);
  if (user && session && user.epoch === epoch) return { user, session };
  throw new Fault("unauthenticated", "This session has ended meanwhile.", { next: "Sign in again.", reason: "session.ended" });
}

/** @throws Fault `invalid`; `throttled` after too many wrong ones. */
async function assertCurrent(deps: Core & { passwords: Passwords }, { person, currentPassword }: UserChange): Promise<void> {
  const account = { what: "account", name: person.user.email } as const;
  await countAttempt(deps, account);
  if (!(await deps.passwords.verify(person.user.passwordHash, currentPassword ?? "")))
    throw new Fault("invalid", "The current password is not right.", {
      next: "Send your current password with the new one.",
      reason: "password.current",
      fields: [{ path: "currentPassword", message: "is not your current password", rule: "password.current" }],
    });
  await forgiveAttempt(deps, account);
}

async function tellTeams(
  deps: Core,
  { from, password }: UserChange,
  { before, after }: { before: StoredUser; after: StoredUser },
): Promise<Write[]> {
  const joined = await membershipsOf(deps, after.id);
  const changes = [
    ...(after.name === before.name ? [] : [{ path: "name", before: before.name, after: after.name }]),
    ...(password === undefined ? [] : [{ path: "password" }]),
  ];
  const actor = { kind: "user", id: after.id, name: after.name } as const;
  return [
    ...joined.map((member) => put(members, next(member, { name: after.name }))),
    ...auditInTeams(deps, joined, { user: after.id, actor, from, operation: "userUpdate", changes }),
  ];
}
