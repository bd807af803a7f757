import { sha256 } from "../../base/digest.ts";
import type { Role, Session } from "../../contract/identity.ts";
import { credentialOf } from "../../domain/credential.ts";
import type { Core } from "../core.ts";
import { read } from "../entity.ts";
import type { Caller } from "../change.ts";
import { auditInTeams, membershipsOf, type Told } from "./audit-in-teams.ts";
import { type StoredSession, type StoredUser, tenants } from "../tables.ts";

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
  const joined = await membershipsOf(deps, user);
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
export async function endSession(deps: Core, { user, session, from }: EndSession): Promise<void> {
  const told = auditInTeams(deps, await membershipsOf(deps, user.id), sessionTold(user, { from, operation: "sessionRemove" }));
  await deps.table.transact([{ kind: "remove", key: { pk: `session#${session.hash}`, sk: "session" } }, ...told]);
}

interface EndSession {
  readonly user: StoredUser;
  readonly session: StoredSession;
  readonly from: Caller["from"];
}

/** A sign-in or its end, as each team of the person is told. */
export const sessionTold = ({ id, name }: StoredUser, how: Pick<Told, "from" | "operation">): Told => ({
  user: id,
  actor: { kind: "user", id, name },
  changes: [],
  ...how,
});
