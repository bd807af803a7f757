import { Fault, isFault } from "../../base/fault.ts";
import { TenantId, UserId } from "../../contract/id.ts";
import type { Passwords } from "../../ports/passwords.ts";
import type { Write } from "../../ports/table.ts";
import { audited, type Caller, onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { put } from "../entity.ts";
import { joining } from "../teams/accept-invitation.ts";
import { type Joining, newTeam } from "../teams/create-team.ts";
import { emails, sessions, type StoredUser, users } from "../tables.ts";
import { countAttempt } from "./attempts.ts";
import { newSession, sessionFor, type Team } from "./session.ts";
import type { SignedIn } from "./sign-in.ts";

export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly name: string;
  /** Name of the first team; without it and without an invitation the team is named after the person. */
  readonly team?: string | undefined;
  readonly invitation?: string | undefined;
  readonly from: Caller["from"];
}

/** A person, their first team (or the one they were invited to) and a session, all or nothing. */
export async function signUp(deps: Core & { passwords: Passwords }, wish: SignUp): Promise<SignedIn> {
  await countAttempt(deps, { what: "address", name: wish.from.address });
  const user = await newUser(deps, wish);
  return onConflictRetry(deps, () => signedUp(deps, user, wish));
}

async function signedUp(deps: Core, user: StoredUser, wish: SignUp): Promise<SignedIn> {
  const invited = wish.invitation === undefined ? undefined : await joining(deps, user, wish.invitation);
  const own = invited && wish.team === undefined ? undefined : ownTeam(deps, user, wish);
  const { session, token } = await newSession(deps, user);
  const writes = [
    put(users, user),
    put(emails, { email: user.email, user: user.id, generation: 1 }),
    put(sessions, session),
    ...(invited ? [...invited.writes, auditOf(deps, { user, wish, joined: invited })] : []),
    ...(own ? [...own.writes, auditOf(deps, { user, wish, joined: own })] : []),
  ];
  try {
    await deps.table.transact(writes);
  } catch (error) {
    const keys = isFault(error, "conflict") ? error.detail["keys"] : undefined;
    if (JSON.stringify(keys ?? "").includes(`email#${user.email}`))
      throw new Fault("conflict", "Someone has signed up with this e-mail address already.", {
        next: "Sign in, or use another address.",
        reason: "email.taken",
      });
    throw error;
  }
  const teams: Team[] = [own?.team, invited?.team].filter((team) => team !== undefined);
  return { session: sessionFor(user, session, teams), token };
}

async function newUser(deps: Core & { passwords: Passwords }, { email, password, name }: SignUp): Promise<StoredUser> {
  return {
    id: UserId.parse(deps.ids.next("usr")),
    email,
    name,
    createdAt: deps.clock.now().toISOString(),
    passwordHash: await deps.passwords.hash(password),
    epoch: 1,
    generation: 1,
  };
}

function ownTeam(deps: Core, user: StoredUser, wish: SignUp): Joining {
  const name = (wish.team ?? `${user.name}'s team`).slice(0, 60);
  return newTeam(deps, { user, name, tenant: TenantId.parse(deps.ids.next("tnt")) });
}

function auditOf(deps: Core, { user, wish, joined }: { user: StoredUser; wish: SignUp; joined: Joining }): Write {
  const caller: Caller = {
    tenant: joined.team.id,
    actor: { kind: "user", id: user.id, name: user.name },
    from: wish.from,
    operation: "userCreate",
    applications: null,
    idempotency: null,
  };
  return audited(deps, caller, {
    subject: user.id,
    changes: [{ path: "member", after: { email: user.email, role: joined.team.role } }],
  });
}
