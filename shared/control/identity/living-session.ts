import { Fault } from "../../base/fault.ts";
import type { Core } from "../core.ts";
import type { UserId } from "../../contract/id.ts";
import { read } from "../entity.ts";
import { type StoredSession, type StoredUser, sessions, users } from "../tables.ts";

/**
 * `readBeside` is read in the round trip that looks the person up.
 * @throws Fault `unauthenticated` when it was ended: by signing out, by its time, or by a new password.
 */
export async function livingSession<T = undefined>(
  deps: Pick<Core, "table" | "clock">,
  hash: string,
  readBeside?: (user: UserId) => Promise<T>,
): Promise<{ user: StoredUser; session: StoredSession; beside: T }> {
  const session = await read(deps.table, sessions, { pk: `session#${hash}`, sk: "session" });
  if (!session || Date.parse(session.expiresAt) <= deps.clock.now().getTime()) throw ended();
  const [user, beside] = await Promise.all([
    read(deps.table, users, { pk: `user#${session.user}`, sk: "user" }),
    readBeside?.(session.user),
  ]);
  if (!user || user.epoch !== session.epoch) throw ended();
  return { user, session, beside: beside as T };
}

const ended = (): Fault =>
  new Fault("unauthenticated", "This session has ended.", { next: "Sign in again.", reason: "session.ended" });
