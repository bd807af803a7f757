import { Fault } from "../../base/fault.ts";
import type { Params, TenantId } from "../../contract/id.ts";
import type { Role } from "../../contract/identity.ts";
import { lowerOf } from "../../domain/authorize.ts";
import type { Core } from "../core.ts";
import { read } from "../entity.ts";
import { forTeam } from "../tenant-scope.ts";
import { keyHashes, keys, members, type StoredKey } from "../tables.ts";

const refused = (reason: string, message: string, next: string, params?: Params): Fault =>
  new Fault("unauthenticated", message, { next, reason, params });
const unknown = (): Fault =>
  refused("key.unknown", "This API key does not exist.", "Check that it is whole, or create a new one.");

/**
 * The key and what it may do now: never more than the member who made it. When that member has left, it is dead, also if they come again.
 * @throws Fault `unauthenticated` saying why.
 */
export async function livingKey(
  deps: Pick<Core, "table" | "clock">,
  named: { tenant: string; key: string; createdBy: string },
): Promise<{ key: StoredKey; role: Role }> {
  const pk = `tenant#${named.tenant}`;
  const [key, maker] = await Promise.all([
    read(deps.table, keys, { pk, sk: `key#${named.key}` }),
    read(deps.table, members, { pk, sk: `member#${named.createdBy}` }),
  ]);
  if (!key) throw unknown();
  if (key.revokedAt !== null) throw refused("key.revoked", "This API key was revoked.", "Use another key, or create a new one.");
  if (key.expiresAt !== null && Date.parse(key.expiresAt) <= deps.clock.now().getTime())
    throw refused("key.expired", `This API key expired at ${key.expiresAt}.`, "Create a new key.", { at: key.expiresAt });
  if (!maker || (key.memberSince !== null && key.memberSince !== maker.joinedAt))
    throw refused("key.orphan", "The member who made this API key has left the team.", "Ask another member for a new key.");
  return { key, role: lowerOf(key.role, maker.role) };
}

/** By the hash of its secret. `readAhead` is told its team, before it is known whether the key is good. */
export async function livingKeyOf(
  deps: Pick<Core, "table" | "tableFor" | "clock">,
  hash: string,
  readAhead?: (tenant: TenantId) => void,
): Promise<{ key: StoredKey; role: Role }> {
  const found = await read(deps.table, keyHashes, { pk: `key#${hash}`, sk: "key" });
  if (!found) throw unknown();
  readAhead?.(found.tenant);
  return livingKey(forTeam(deps, found.tenant), found);
}
