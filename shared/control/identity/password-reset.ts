import { sha256 } from "../../base/digest.ts";
import { Fault } from "../../base/fault.ts";
import { Command, queueOf } from "../../contract/commands.ts";
import type { SpokenLanguage } from "../../contract/identity.ts";
import { credentialOf, readCredential } from "../../domain/credential.ts";
import { passwordResetMail } from "../../domain/mail.ts";
import type { Notifier } from "../../ports/notifier.ts";
import type { Passwords } from "../../ports/passwords.ts";
import { type Caller, onConflictRetry, orderKey } from "../change.ts";
import type { Core } from "../core.ts";
import { next, put, read, remove } from "../entity.ts";
import { emails, passwordResets, type StoredUser, users } from "../tables.ts";
import { auditInTeams, membershipsOf } from "./audit-in-teams.ts";
import { countAttempt } from "./attempts.ts";

/** Long enough for a slow mail, short enough for an open mailbox. */
const validMinutes = 60;

export interface ResetWish {
  readonly email: string;
  readonly language: SpokenLanguage;
  readonly from: Caller["from"];
}

/** Whether anyone has that address is looked up later, by a worker: the answer, and how long it takes, tell nothing. */
export async function askPasswordReset(deps: Core, { email, language, from }: ResetWish): Promise<undefined> {
  await countAttempt(deps, { what: "address", name: from.address });
  await countAttempt(deps, { what: "reset", name: email });
  await sendCommand(deps, { kind: "sendPasswordReset", version: 1, email, language });
  return undefined;
}

/** For requests of people whose team is not known: nothing but the command is kept, so no outbox is needed. */
export const sendCommand = (deps: Core, command: Command): Promise<void> =>
  deps.queues[queueOf[command.kind]].send(JSON.stringify(Command.parse(command)), { tenant: "public", key: orderKey(command) });

type SendDeps = Core & { readonly notifier: Notifier; readonly settings: { readonly url: string } };

/** Done twice, it sends two mails; using the link of one kills the other. */
export async function sendPasswordReset(
  deps: SendDeps,
  { email, language }: { email: string; language: SpokenLanguage },
): Promise<void> {
  const user = await userOf(deps, email);
  if (!user) return;
  const token = credentialOf("reset", deps.ids.secret());
  const expiresAt = new Date(deps.clock.now().getTime() + validMinutes * 60_000).toISOString();
  const reset = { hash: await sha256(token), user: user.id, epoch: user.epoch, expiresAt, generation: 1 };
  await deps.table.transact([put(passwordResets, reset)]);
  const facts = { name: user.name, url: deps.settings.url, token, minutes: validMinutes };
  await deps.notifier.send({ to: user.email, ...passwordResetMail[language](facts) });
}

export async function userOf(deps: Pick<Core, "table">, email: string): Promise<StoredUser | undefined> {
  const known = await read(deps.table, emails, { pk: `email#${email}`, sk: "email" });
  return known && read(deps.table, users, { pk: `user#${known.user}`, sk: "user" });
}

export interface Reset {
  readonly token: string;
  readonly password: string;
  readonly from: Caller["from"];
}

/** Ends every session, and every other reset that was asked for. @throws Fault `invalid` when the token is not, or no longer, good. */
export async function resetPassword(deps: Core & { passwords: Passwords }, { token, password, from }: Reset): Promise<undefined> {
  await countAttempt(deps, { what: "address", name: from.address });
  if (readCredential(token) !== "reset") throw notGood();
  const hash = await sha256(token);
  await goodReset(deps, hash);
  const passwordHash = await deps.passwords.hash(password);
  return onConflictRetry(deps, async () => {
    const { reset, user } = await goodReset(deps, hash);
    const actor = { kind: "user", id: user.id, name: user.name } as const;
    const told = { user: user.id, actor, from, operation: "passwordResetComplete", changes: [{ path: "password" }] };
    await deps.table.transact([
      remove(passwordResets, reset),
      put(users, next(user, { epoch: user.epoch + 1, passwordHash })),
      ...auditInTeams(deps, await membershipsOf(deps, user.id), told),
    ]);
    return undefined;
  });
}

async function goodReset(deps: Core, hash: string) {
  const reset = await read(deps.table, passwordResets, { pk: `password-reset#${hash}`, sk: "password-reset" });
  const user = reset && (await read(deps.table, users, { pk: `user#${reset.user}`, sk: "user" }));
  if (!reset || !user || reset.epoch !== user.epoch || Date.parse(reset.expiresAt) <= deps.clock.now().getTime()) throw notGood();
  return { reset, user };
}

const notGood = (): Fault =>
  new Fault("invalid", "This link to set a new password is not good, or no longer: it works once, and for an hour.", {
    next: "Ask for a new one.",
    reason: "reset.dead",
  });
