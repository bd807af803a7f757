import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { sameText, sha256 } from "../../shared/base/digest.ts";
import { Fault } from "../../shared/base/fault.ts";
import type { Caller } from "../../shared/control/change.ts";
import { next, put, read } from "../../shared/control/entity.ts";
import { livingSession } from "../../shared/control/identity/living-session.ts";
import { livingKeyOf } from "../../shared/control/keys/living-key.ts";
import { forTeam } from "../../shared/control/tenant-scope.ts";
import { agents, keys, members, sessions, type StoredSession, type StoredUser } from "../../shared/control/tables.ts";
import { AgentId, type DataCenterId, TenantId, type UserId } from "../../shared/contract/id.ts";
import type { Actor, Member, Role } from "../../shared/contract/identity.ts";
import { keyIsNoPerson } from "../../shared/domain/authorize.ts";
import { readCredential } from "../../shared/domain/credential.ts";
import { clientAddress } from "./client-address.ts";
import type { Deps } from "./deps.ts";
import { headerOf } from "./headers.ts";

/** With the prefix, which browsers take over TLS alone, nobody else sets it: not what runs at a neighbour's address below the same domain. */
export const sessionCookie = (url: string): string => (url.startsWith("https:") ? "__Host-pluvia_session" : "pluvia_session");

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
  /** undefined: its token was given out by an older version. */
  readonly attempt: number | undefined;
}

const refused = (reason: string, message: string, next = "Sign in again, or create a new API key."): Fault =>
  new Fault("unauthenticated", message, { next, reason });

export const fromOf = (
  { settings }: Pick<Deps, "settings">,
  event: Pick<APIGatewayProxyEventV2, "headers" | "requestContext">,
): From => ({
  address: clientAddress(event, settings.proxies),
  agent: (headerOf(event, "user-agent") ?? "unknown").slice(0, 200),
});

type Carried = Pick<APIGatewayProxyEventV2, "headers" | "cookies">;

/** The bearer token, or else the cookie. A bearer was put there by a program on purpose, so it wins. */
export function credentialIn(
  { settings }: Pick<Deps, "settings">,
  event: Carried,
): { token: string; byCookie: boolean } | undefined {
  const header = headerOf(event, "authorization");
  if (header !== undefined) {
    const token = /^bearer +(\S+) *$/i.exec(header)?.[1];
    if (token === undefined) throw refused("token.header", "The authorization header is not `Bearer <token>`.");
    return { token, byCookie: false };
  }
  const prefix = `${sessionCookie(settings.url)}=`;
  const cookies = event.cookies ?? (headerOf(event, "cookie") ?? "").split(";");
  const cookie = cookies.map((c) => c.trim()).find((c) => c.startsWith(prefix));
  return cookie && cookie.length > prefix.length ? { token: cookie.slice(prefix.length), byCookie: true } : undefined;
}

function required(deps: Pick<Deps, "settings">, event: Carried): { token: string; byCookie: boolean } {
  const credential = credentialIn(deps, event);
  if (credential) return credential;
  throw refused(
    "signed-out",
    "This needs you to be signed in.",
    "Sign in, or send an API key as header `authorization: Bearer <key>`.",
  );
}

/** @throws Fault `unauthenticated`; `forbidden` for an API key, which no person is. */
export const personOf = async (deps: Deps, event: Carried, beside: Beside<unknown> = {}): Promise<Person> =>
  (await personAnd(deps, required(deps, event), beside)).person;

export interface MembershipAsked {
  /** The id as sent; undefined: the person's first team. */
  readonly team: string | undefined;
  /** Told the team as soon as it is known, before it is known whether the caller belongs to it. */
  readonly readAhead?: (tenant: TenantId) => void;
}

/** @throws Fault `unauthenticated`; `not_found` for a team that is not the caller's. */
export async function membershipOf(
  deps: Deps,
  event: Carried,
  { team, readAhead }: MembershipAsked,
): Promise<Membership & { person?: Person }> {
  const credential = required(deps, event);
  if (readCredential(credential.token) === "key") return keyOf(deps, credential.token, readAhead);
  const named = TenantId.safeParse(team).data;
  const { person, beside: member } = await personAnd(deps, credential, {
    start: () => named && readAhead?.(named),
    read: (user) => (team === undefined ? firstMember(deps, user) : memberOf(deps, user, named)),
  });
  if (!member) throw team === undefined ? noTeams() : noTeam(team);
  return { ...membershipFrom(person, member), person };
}

interface Beside<T> {
  /** Begins reads that go with the session's. */
  readonly start?: () => void;
  /** Read as soon as the session says whose it is, in the round trip that looks the person up. */
  readonly read?: (user: UserId) => Promise<T>;
}

async function personAnd<T = undefined>(
  deps: Deps,
  { token, byCookie }: { token: string; byCookie: boolean },
  { start, read }: Beside<T>,
): Promise<{ person: Person; beside: T }> {
  switch (readCredential(token)) {
    case "session": {
      const hash = await sha256(token);
      start?.();
      const { user, session, beside } = await livingSession(deps, hash, read);
      const now = deps.clock.now();
      if (isStale(session.lastUsedAt, now)) await touch(deps, put(sessions, next(session, { lastUsedAt: now.toISOString() })));
      return { person: { user, session, byCookie }, beside };
    }
    case "key":
      await keyOf(deps, token);
      throw keyIsNoPerson();
    case "typo":
      throw refused("token.typo", "This token has a typo or is cut off.", "Copy it again, as a whole.");
    case "invite":
    case "join":
    case "reset":
    case "foreign":
      throw refused("token.foreign", "This token is not one of a session or an API key.");
  }
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

async function keyOf(deps: Deps, token: string, readAhead?: (tenant: TenantId) => void): Promise<Membership> {
  const { key, role } = await livingKeyOf(deps, await sha256(token), readAhead);
  const now = deps.clock.now();
  if (isStale(key.lastUsedAt, now))
    await touch(forTeam(deps, key.tenant), put(keys, next(key, { lastUsedAt: now.toISOString() })));
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

const noTeams = (): Fault =>
  new Fault("not_found", "You belong to no team yet.", { next: "Create a team, or accept an invitation.", reason: "team.none" });

/** Read anew for each request, so that a removed member's rights end at once. */
const memberOf = async (deps: Deps, user: UserId, tenant: TenantId | undefined): Promise<Member | undefined> =>
  tenant && read(forTeam(deps, tenant).table, members, { pk: `tenant#${tenant}`, sk: `member#${user}` });

async function firstMember(deps: Deps, user: UserId): Promise<Member | undefined> {
  const page = await deps.table.query({ pk: `user#${user}`, prefix: "member#", byIndex: true, limit: 1 });
  const row = page.items[0];
  return row && memberOf(deps, user, members.fromRow(row).tenant);
}

const membershipFrom = ({ user, session }: Person, { tenant, role }: Member): Membership => ({
  tenant,
  actor: { kind: "user", id: user.id, name: user.name },
  role,
  applications: null,
  user: user.id,
  expiresAt: null,
  session: session.hash,
});

/** @throws Fault `unauthenticated`. */
export async function agentOf(deps: Deps, event: Carried): Promise<AgentCaller> {
  const credential = required(deps, event);
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
  const { sub, attempt, ...claims } = await deps.tokens.verify("build", required(deps, event).token);
  const tenant = TenantId.safeParse(claims["tenant"]).data;
  if (typeof sub !== "string" || tenant === undefined) throw refused("token.build", "This build token is not whole.");
  return { build: sub, tenant, attempt: typeof attempt === "number" ? attempt : undefined };
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
