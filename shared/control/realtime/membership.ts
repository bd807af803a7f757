import { isFault } from "../../base/fault.ts";
import type { Core } from "../core.ts";
import { read } from "../entity.ts";
import { livingSession } from "../identity/living-session.ts";
import { livingKey } from "../keys/living-key.ts";
import { forTeam } from "../tenant-scope.ts";
import { members } from "../tables.ts";
import type { MemberOpened } from "./tables.ts";

/**
 * Who listens may have left the team, signed out, or lost the key since the connection was opened. undefined: then nothing more
 * is sent.
 */
export async function membershipNow(deps: Core, opened: MemberOpened): Promise<MemberOpened | undefined> {
  try {
    const role = opened.session === null ? await keyRole(deps, opened) : await memberRole(deps, opened, opened.session);
    return role && { ...opened, role };
  } catch (error) {
    if (isFault(error, "unauthenticated")) return undefined;
    throw error;
  }
}

const keyRole = async (deps: Core, { tenant, actor, user }: MemberOpened) =>
  (await livingKey(forTeam(deps, tenant), { tenant, key: actor.id, createdBy: user })).role;

async function memberRole(deps: Core, { tenant, actor }: MemberOpened, session: string) {
  await livingSession(deps, session);
  return (await read(forTeam(deps, tenant).table, members, { pk: `tenant#${tenant}`, sk: `member#${actor.id}` }))?.role;
}
