import { Fault } from "../../base/fault.ts";
import type { Session } from "../../contract/identity.ts";
import type { Passwords } from "../../ports/passwords.ts";
import type { Caller } from "../change.ts";
import type { Core } from "../core.ts";
import { put, read } from "../entity.ts";
import { emails, sessions, users } from "../tables.ts";
import { countAttempt, forgiveAttempt } from "./attempts.ts";
import { auditInTeams, membershipsOf } from "./audit-in-teams.ts";
import { noteRefusedSignIn } from "./refused-sign-in.ts";
import { newSession, sessionFor, sessionTold, teamsOf } from "./session.ts";

export interface SignIn {
  readonly email: string;
  readonly password: string;
  readonly from: Caller["from"];
}
export interface SignedIn {
  readonly session: Session;
  readonly token: string;
}

/** The same answer after the same work, whether nobody has that address or the password is wrong. */
export async function signIn(deps: Core & { passwords: Passwords }, { email, password, from }: SignIn): Promise<SignedIn> {
  const account = { what: "account", name: email } as const;
  const address = { what: "address", name: from.address } as const;
  await countAttempt(deps, address);
  await countAttempt(deps, account);
  const known = await read(deps.table, emails, { pk: `email#${email}`, sk: "email" });
  const user = await read(deps.table, users, { pk: `user#${known?.user ?? "nobody"}`, sk: "user" });
  const fits = await deps.passwords.verify(user?.passwordHash, password);
  if (!user || !fits) {
    await noteRefusedSignIn(deps, { email, from });
    throw new Fault("unauthenticated", "This e-mail address and password do not fit together.", {
      next: "Check both, or sign up.",
      reason: "password.wrong",
    });
  }
  await forgiveAttempt(deps, account);
  await forgiveAttempt(deps, address);
  const { session, token } = await newSession(deps, user);
  const told = auditInTeams(deps, await membershipsOf(deps, user.id), sessionTold(user, { from, operation: "sessionCreate" }));
  await deps.table.transact([put(sessions, session), ...told]);
  return { session: sessionFor(user, session, await teamsOf(deps, user.id)), token };
}
