import { Fault, isFault } from "../../base/fault.ts";
import { TenantId, UserId } from "../../contract/id.ts";
import type { Passwords } from "../../ports/passwords.ts";
import { audited, type Caller, commit, onConflictRetry } from "../change.ts";
import type { Core } from "../core.ts";
import { publish } from "../effects.ts";
import { put } from "../entity.ts";
import { joining } from "../teams/accept-invitation.ts";
import { callerFor, type Joining, newTeam } from "../teams/create-team.ts";
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
  const joined = invited ?? ownTeam(deps, user, wish);
  const own = invited && wish.team !== undefined ? ownTeam(deps, user, wish) : undefined;
  const { session, token } = await newSession(deps, user);
  const writes = [
    put(users, user),
    put(emails, { email: user.email, user: user.id, generation: 1 }),
    put(sessions, session),
    ...joined.writes,
    ...(own ? [...own.writes, audited(deps, callerOf(user, own, wish), auditOf(user, own))] : []),
  ];
  const commands = invited ? [publish(invited.team.id, "member", user.id)] : [];
  const teams: Team[] = own ? [own.team, joined.team] : [joined.team];
  const answer = { session: sessionFor(user, session, teams), token };
  try {
    return await commit(deps, callerOf(user, joined, wish), { writes, commands, audit: auditOf(user, joined) }, answer);
  } catch (error) {
    const keys = isFault(error, "conflict") ? error.detail["keys"] : undefined;
    if (JSON.stringify(keys ?? "").includes(`email#${user.email}`))
      throw new Fault("conflict", "Someone has signed up with this e-mail address already.", {
        next: "Sign in, or use another address.",
        reason: "email.taken",
      });
    throw error;
  }
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

const callerOf = (user: StoredUser, { team }: Joining, { from }: SignUp): Caller =>
  callerFor(user, { tenant: team.id, from, operation: "userCreate", idempotency: null });

const auditOf = (user: StoredUser, { team }: Joining) => ({
  subject: user.id,
  changes: [{ path: "member", after: { email: user.email, role: team.role } }],
});
