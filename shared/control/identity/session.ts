import { sha256 } from "../../base/digest.ts";
import type { Role, Session } from "../../contract/identity.ts";
import { credentialOf } from "../../domain/credential.ts";
import type { Core } from "../core.ts";
import { listAll, read } from "../entity.ts";
import { members, type StoredSession, type StoredUser, tenants } from "../tables.ts";

/** A session ends this long after its sign-in, used or not. */
export const sessionDays = 30;

/** A new session and the token that proves it, which is kept nowhere. */
export async function newSession(deps: Core, user: StoredUser): Promise<{ session: StoredSession; token: string }> {
  const token = credentialOf("session", deps.ids.secret());
  const now = deps.clock.now();
  const session = {
    hash: await sha256(token),
    user: user.id,
    epoch: user.epoch,
    csrf: deps.ids.secret(),
    createdAt: now.toISOString(),
    lastUsedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + sessionDays * 86_400_000).toISOString(),
    generation: 1,
  };
  return { session, token };
}

export interface Team {
  readonly id: Session["teams"][number]["id"];
  readonly name: string;
  readonly role: Role;
}

export async function teamsOf(deps: Core, user: string): Promise<Team[]> {
  const joined = await listAll(deps.table, members, { pk: `user#${user}`, prefix: "member#", byIndex: true });
  const found = await Promise.all(
    joined.map(async ({ tenant, role }) => {
      const team = await read(deps.table, tenants, { pk: `tenant#${tenant}`, sk: "tenant" });
      return team && { id: team.id, name: team.name, role };
    }),
  );
  return found.filter((team) => team !== undefined);
}

export const sessionFor = (user: StoredUser, session: StoredSession, teams: readonly Team[]): Session => ({
  user: { id: user.id, email: user.email, name: user.name, createdAt: user.createdAt },
  teams: [...teams],
  csrf: session.csrf,
  expiresAt: session.expiresAt,
});

export const viewSession = async (deps: Core, person: { user: StoredUser; session: StoredSession }): Promise<Session> =>
  sessionFor(person.user, person.session, await teamsOf(deps, person.user.id));

/** Ends at once. Ending it twice is fine. */
export const endSession = (deps: Core, session: StoredSession): Promise<void> =>
  deps.table.transact([{ kind: "remove", key: { pk: `session#${session.hash}`, sk: "session" } }]);
