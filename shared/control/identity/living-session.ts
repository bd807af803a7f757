import { Fault } from "../../base/fault.ts";
import type { Core } from "../core.ts";
import { read } from "../entity.ts";
import { type StoredSession, type StoredUser, sessions, users } from "../tables.ts";

/** @throws Fault `unauthenticated` when it was ended: by signing out, by its time, or by a new password. */
export async function livingSession(
  deps: Pick<Core, "table" | "clock">,
  hash: string,
): Promise<{ user: StoredUser; session: StoredSession }> {
  const session = await read(deps.table, sessions, { pk: `session#${hash}`, sk: "session" });
  if (!session || Date.parse(session.expiresAt) <= deps.clock.now().getTime()) throw ended();
  const user = await read(deps.table, users, { pk: `user#${session.user}`, sk: "user" });
  if (!user || user.epoch !== session.epoch) throw ended();
  return { user, session };
}

const ended = (): Fault =>
  new Fault("unauthenticated", "This session has ended.", { next: "Sign in again.", reason: "session.ended" });
