import { sha256 } from "../../base/digest.ts";
import { Fault, notFound } from "../../base/fault.ts";
import type { Page } from "../../base/page.ts";
import type { Command } from "../../contract/commands.ts";
import { type ApplicationId, KeyId, type UserId } from "../../contract/id.ts";
import { ApiKey, type Role } from "../../contract/identity.ts";
import { atMost } from "../../domain/authorize.ts";
import { credentialOf, hintOf } from "../../domain/credential.ts";
import { assertWithin } from "../../domain/quota.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import { applications } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { list, listAll, next, put, read } from "../entity.ts";
import { claim } from "../quota.ts";
import { keyHashes, keys, type StoredKey } from "../tables.ts";
import { memberOf, type PageWish, pageFor } from "../teams/members.ts";

/** What the caller may do, which no key of theirs may exceed. */
export interface Maker {
  readonly user: UserId;
  readonly role: Role;
  /** When the caller itself ends (an expiring key); null: never. */
  readonly expiresAt: string | null;
}
export interface KeyWish {
  readonly name: string;
  readonly role: Role;
  readonly applications: readonly ApplicationId[] | null;
  readonly expiresInDays: number | null;
}

/** The key itself is answered this once; only its hash is kept. */
export async function createKey(
  deps: Core,
  caller: Caller,
  { maker, wish }: { maker: Maker; wish: KeyWish },
): Promise<{ key: ApiKey; secret: string }> {
  await assertMayCreate(deps, caller, { maker, wish });
  const { joinedAt } = await memberOf(deps, caller, maker.user);
  const { key, secret } = await newKey(deps, caller, { maker, wish, joinedAt });
  const { hash, tenant, id, createdBy } = key;
  const rows = [put(keys, key), put(keyHashes, { hash, tenant, key: id, createdBy, generation: 1 })];
  const after = { name: key.name, role: key.role, applications: key.applications, expiresAt: key.expiresAt };
  const audit = { subject: id, changes: [{ path: "key", after }] };
  return onConflictRetry(deps, async () => {
    const writes = [await claimKey(deps, caller), ...rows];
    return commit(deps, caller, { writes, commands: [told(key)], audit }, { key: ApiKey.parse(key), secret });
  });
}

async function assertMayCreate(deps: Core, caller: Caller, { maker, wish }: { maker: Maker; wish: KeyWish }): Promise<void> {
  if (!atMost(wish.role, maker.role))
    throw new Fault("forbidden", `A key cannot have the role ${wish.role}: yours is ${maker.role}.`, {
      next: `Create it with the role ${maker.role} or lower, or ask an owner.`,
      reason: "key.role",
      params: { role: wish.role, own: maker.role },
      fields: [{ path: "role", message: "is higher than your own", rule: "role.higher" }],
    });
  await assertApplications(deps, caller, wish);
}

async function assertApplications(deps: Core, { tenant }: Caller, { applications: wanted }: KeyWish): Promise<void> {
  const found = await Promise.all(
    (wanted ?? []).map((id) => read(deps.table, applications, { pk: `tenant#${tenant}`, sk: `application#${id}` })),
  );
  const fields = found.flatMap((one, at) =>
    one ? [] : [{ path: `applications.${at}`, message: "is no application of this team", rule: "application.foreign" }],
  );
  if (fields.length > 0)
    throw new Fault("invalid", "A key can only be limited to applications of its team.", {
      next: "List applications to see their ids.",
      reason: "fields",
      fields,
    });
}

interface Made {
  readonly maker: Maker;
  readonly wish: KeyWish;
  readonly joinedAt: string;
}
async function newKey(deps: Core, { tenant }: Caller, { maker, wish, joinedAt }: Made) {
  const secret = credentialOf("key", deps.ids.secret());
  const now = deps.clock.now();
  const wished = wish.expiresInDays === null ? null : new Date(now.getTime() + wish.expiresInDays * 86_400_000).toISOString();
  const key: StoredKey = {
    id: KeyId.parse(deps.ids.next("key")),
    tenant,
    name: wish.name,
    role: wish.role,
    applications: wish.applications && [...wish.applications],
    hint: hintOf(secret),
    createdBy: maker.user,
    createdAt: now.toISOString(),
    expiresAt: sooner(wished, maker.expiresAt),
    lastUsedAt: null,
    revokedAt: null,
    hash: await sha256(secret),
    memberSince: joinedAt,
    generation: 1,
  };
  return { key, secret };
}

/** A key that a key made does not outlive it. */
const sooner = (a: string | null, b: string | null): string | null => {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
};
const claimKey = (deps: Core, caller: Caller) =>
  claim(deps, caller.tenant, async (quota) =>
    assertWithin(quota, "keys", { used: (await livingKeys(deps, caller)).length, more: 1 }),
  );
export const livingKeys = async (deps: Pick<Core, "table" | "clock">, caller: Pick<Caller, "tenant">): Promise<StoredKey[]> =>
  (await teamKeys(deps, caller)).filter((key) => isAlive(key, deps.clock.now()));
const isAlive = (key: StoredKey, now: Date): boolean =>
  key.revokedAt === null && (key.expiresAt === null || Date.parse(key.expiresAt) > now.getTime());
/** All there are: the living ones may be behind any number of others, which stay. */
const teamKeys = (deps: Pick<Core, "table">, { tenant }: Pick<Caller, "tenant">): Promise<StoredKey[]> =>
  listAll(deps.table, keys, { pk: `tenant#${tenant}`, prefix: "key#" }, Number.POSITIVE_INFINITY);

export async function listKeys(deps: Core, { tenant }: Caller, wish: PageWish): Promise<Page<ApiKey>> {
  const page = await list(deps.table, keys, { pk: `tenant#${tenant}`, prefix: "key#", ...pageFor(wish) });
  return { ...page, items: page.items.map((key) => ApiKey.parse(key)) };
}

/** Ends with the next request that uses it. Revoking twice is fine. */
export const revokeKey = (deps: Core, caller: Caller, { maker, key: id }: { maker: Maker; key: string }): Promise<undefined> =>
  onConflictRetry(deps, async () => {
    const key = await read(deps.table, keys, { pk: `tenant#${caller.tenant}`, sk: `key#${id}` });
    if (!key) throw notFound("API key", id);
    if (!atMost(key.role, maker.role))
      throw new Fault("forbidden", `This key has the role ${key.role}; yours is ${maker.role}.`, {
        next: "Ask an owner to revoke it.",
        reason: "key.higher",
        params: { role: key.role, own: maker.role },
      });
    const revokedAt = key.revokedAt ?? deps.clock.now().toISOString();
    const audit = { subject: id, changes: [{ path: "revokedAt", before: key.revokedAt, after: revokedAt }] };
    return commit(deps, caller, { writes: [put(keys, next(key, { revokedAt }))], commands: [told(key)], audit }, undefined);
  });

const told = ({ tenant, id }: StoredKey): Command => ({ kind: "publish", version: 1, tenant, resource: "key", resourceId: id });
