import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { sameText, sha256 } from "../../shared/base/digest.ts";
import { Fault } from "../../shared/base/fault.ts";
import type { Caller } from "../../shared/control/change.ts";
import { next, put, read } from "../../shared/control/entity.ts";
import { livingSession } from "../../shared/control/identity/living-session.ts";
import { livingKeyOf } from "../../shared/control/keys/living-key.ts";
import { agents, keys, members, sessions, type StoredSession, type StoredUser } from "../../shared/control/tables.ts";
import { AgentId, type DataCenterId, TenantId, type UserId } from "../../shared/contract/id.ts";
import type { Actor, Role } from "../../shared/contract/identity.ts";
import { keyIsNoPerson } from "../../shared/domain/authorize.ts";
import { readCredential } from "../../shared/domain/credential.ts";
import type { Deps } from "./deps.ts";
import { headerOf } from "./request.ts";

export const sessionCookie = "pluvia_session";

/** Where a request comes from, as it says itself. */
export type From = Caller["from"];
export interface Person {
  readonly user: StoredUser;
  readonly session: StoredSession;
  /** true when the token came as a cookie, by itself: then the call must prove that our own page made it. */
  readonly byCookie: boolean;
}
/** A member of a team, or its API key, with what it may do there. */
export interface Membership {
  readonly tenant: TenantId;
  readonly actor: Actor;
  readonly role: Role;
  readonly applications: readonly string[] | null;
  /** The person, or the one who made the key. */
  readonly user: UserId;
  /** When the key expires; null: never, or not a key. */
  readonly expiresAt: string | null;
  /** Hash of the session; null for a key. */
  readonly session: string | null;
}
export interface AgentCaller {
  readonly id: AgentId;
  readonly dataCenter: DataCenterId;
}
export interface BuildCaller {
  readonly build: string;
  readonly tenant: TenantId;
}

const refused = (reason: string, message: string, next = "Sign in again, or create a new API key."): Fault =>
  new Fault("unauthenticated", message, { next, reason });

export const fromOf = (event: Pick<APIGatewayProxyEventV2, "headers" | "requestContext">): From => ({
  address: event.requestContext.http?.sourceIp ?? "unknown",
  agent: (headerOf(event, "user-agent") ?? "unknown").slice(0, 200),
});

type Carried = Pick<APIGatewayProxyEventV2, "headers" | "cookies">;

/** The bearer token, or else the cookie. A bearer was put there by a program on purpose, so it wins. */
export function credentialIn(event: Carried): { token: string; byCookie: boolean } | undefined {
  const header = headerOf(event, "authorization");
  if (header !== undefined) {
    const token = /^bearer +(\S+) *$/i.exec(header)?.[1];
    if (token === undefined) throw refused("token.header", "The authorization header is not `Bearer <token>`.");
    return { token, byCookie: false };
  }
  const prefix = `${sessionCookie}=`;
  const cookies = event.cookies ?? (headerOf(event, "cookie") ?? "").split(";");
  const cookie = cookies.map((c) => c.trim()).find((c) => c.startsWith(prefix));
  return cookie && cookie.length > prefix.length ? { token: cookie.slice(prefix.length), byCookie: true } : undefined;
}

function required(event: Carried): { token: string; byCookie: boolean } {
  const credential = credentialIn(event);
  if (credential) return credential;
  throw refused(
    "signed-out",
    "This needs you to be signed in.",
    "Sign in, or send an API key as header `authorization: Bearer <key>`.",
  );
}

/** @throws Fault `unauthenticated`; `forbidden` for an API key, which no person is. */
export async function personOf(deps: Deps, event: Carried): Promise<Person> {
  const credential = required(event);
  switch (readCredential(credential.token)) {
    case "session":
      return sessionOf(deps, credential);
    case "key":
      await keyOf(deps, credential.token);
      throw keyIsNoPerson();
    case "typo":
      throw refused("token.typo", "This token has a typo or is cut off.", "Copy it again, as a whole.");
    case "invite":
    case "join":
    case "foreign":
      throw refused("token.foreign", "This token is not one of a session or an API key.");
  }
}

export async function membershipOf(
  deps: Deps,
  event: Carried,
  team: string | undefined,
): Promise<Membership & { person?: Person }> {
  const credential = required(event);
  if (readCredential(credential.token) === "key") return keyOf(deps, credential.token);
  const person = await personOf(deps, event);
  return { ...(await memberOf(deps, person, team)), person };
}

async function sessionOf(deps: Deps, credential: { token: string; byCookie: boolean }): Promise<Person> {
  const { user, session } = await livingSession(deps, await sha256(credential.token));
  const now = deps.clock.now();
  if (isStale(session.lastUsedAt, now)) await touch(deps, put(sessions, next(session, { lastUsedAt: now.toISOString() })));
  return { user, session, byCookie: credential.byCookie };
}

/** "Last used" is told to the minute: writing it more often would make every read a write. */
const isStale = (lastUsedAt: string | null, now: Date): boolean =>
  lastUsedAt === null || now.getTime() - Date.parse(lastUsedAt) >= 60_000;

/** Another request that touched it first is as good; whoever revoked it meanwhile wins. */
async function touch(deps: Deps, write: ReturnType<typeof put>): Promise<void> {
  try {
    await deps.table.transact([write]);
  } catch (error) {
    if (!(error instanceof Fault && error.code === "conflict")) throw error;
  }
}

async function keyOf(deps: Deps, token: string): Promise<Membership> {
  const { key, role } = await livingKeyOf(deps, await sha256(token));
  const now = deps.clock.now();
  if (isStale(key.lastUsedAt, now)) await touch(deps, put(keys, next(key, { lastUsedAt: now.toISOString() })));
  return {
    tenant: key.tenant,
    actor: { kind: "key", id: key.id, name: key.name },
    role,
    applications: key.applications,
    user: key.createdBy,
    expiresAt: key.expiresAt,
    session: null,
  };
}

const noTeam = (team: string): Fault =>
  new Fault("not_found", `There is no team ${team.slice(0, 60)} that you belong to.`, {
    next: "List your teams with GET /v1/session; you may have been removed from this one.",
    reason: "team.not-yours",
  });

/** Read anew for each request, so that a removed member's rights end at once. */
async function memberOf(deps: Deps, person: Person, team: string | undefined): Promise<Membership> {
  const tenant = team === undefined ? await firstTeam(deps, person) : TenantId.safeParse(team).data;
  if (tenant === undefined) throw noTeam(team ?? "");
  const member = await read(deps.table, members, { pk: `tenant#${tenant}`, sk: `member#${person.user.id}` });
  if (!member) throw noTeam(tenant);
  return {
    tenant,
    actor: { kind: "user", id: person.user.id, name: person.user.name },
    role: member.role,
    applications: null,
    user: person.user.id,
    expiresAt: null,
    session: person.session.hash,
  };
}

async function firstTeam(deps: Deps, person: Person): Promise<TenantId> {
  const page = await deps.table.query({ pk: `user#${person.user.id}`, prefix: "member#", byIndex: true, limit: 1 });
  const row = page.items[0];
  if (!row)
    throw new Fault("not_found", "You belong to no team yet.", {
      next: "Create a team, or accept an invitation.",
      reason: "team.none",
    });
  return members.fromRow(row).tenant;
}

/** @throws Fault `unauthenticated`. */
export async function agentOf(deps: Deps, event: Carried): Promise<AgentCaller> {
  const credential = required(event);
  let found: AgentCaller | undefined;
  await deps.tokens.verifyAgent(credential.token, async (kid) => {
    const id = AgentId.safeParse(kid).data;
    const agent = id && (await read(deps.table, agents, { pk: `agent#${id}`, sk: "agent" }));
    if (!agent || agent.revokedAt !== null) return undefined;
    found = { id: agent.id, dataCenter: agent.dataCenter };
    return agent.publicKey;
  });
  if (!found) throw refused("agent.unknown", "This agent is not known.", "Register it with a new join token.");
  return found;
}

/** @throws Fault `unauthenticated`. */
export async function buildOf(deps: Deps, event: Carried): Promise<BuildCaller> {
  const claims = await deps.tokens.verify("build", required(event).token);
  const tenant = TenantId.safeParse(claims["tenant"]).data;
  if (typeof claims["sub"] !== "string" || tenant === undefined) throw refused("token.build", "This build token is not whole.");
  return { build: claims["sub"], tenant };
}

/** A browser sends cookies by itself, even when another site asked it to: only our own page knows the session's csrf token. */
export function assertOurPage(deps: Deps, event: Carried, person: Person): void {
  assertOrigin(deps, event);
  const sent = headerOf(event, "pluvia-csrf");
  if (sent === undefined || !sameText(sent, person.session.csrf))
    throw new Fault("forbidden", "This call is not proven to come from our own page.", {
      next: "Send the session's csrf token as header `pluvia-csrf`, or authenticate by bearer token.",
      reason: "page.unproven",
    });
}

/** @throws Fault `forbidden` when a browser says that a page of another site makes this call. */
export function assertOrigin(deps: Pick<Deps, "settings">, event: Carried): void {
  const origin = headerOf(event, "origin");
  if (origin === undefined || origin === new URL(deps.settings.url).origin) return;
  const host = headerOf(event, "host");
  if (host !== undefined && URL.canParse(origin) && new URL(origin).host === host) return;
  throw new Fault("forbidden", `A page of ${origin.slice(0, 100)} may not make this call.`, {
    next: "Use the console, or authenticate by bearer token from a program.",
    reason: "page.foreign",
  });
}
