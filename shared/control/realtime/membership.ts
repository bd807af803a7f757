import type { Core } from "../core.ts";
import { read } from "../entity.ts";
import { keys, members } from "../tables.ts";
import type { MemberOpened } from "./tables.ts";

/** Who listens may have left the team, or lost the key, since the connection was opened. undefined: then nothing more is sent. */
export async function membershipNow(deps: Core, opened: MemberOpened): Promise<MemberOpened | undefined> {
  const pk = `tenant#${opened.tenant}`;
  if (opened.actor.kind === "user") {
    const member = await read(deps.table, members, { pk, sk: `member#${opened.actor.id}` });
    return member && { ...opened, role: member.role };
  }
  const key = await read(deps.table, keys, { pk, sk: `key#${opened.actor.id}` });
  const isExpired = key?.expiresAt != null && Date.parse(key.expiresAt) <= deps.clock.now().getTime();
  return key && key.revokedAt === null && !isExpired ? opened : undefined;
}
