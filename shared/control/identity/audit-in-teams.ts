import type { Change } from "../../contract/component.ts";
import type { AuditEntryId } from "../../contract/id.ts";
import type { Actor, Member } from "../../contract/identity.ts";
import type { Write } from "../../ports/table.ts";
import { audited, type Caller } from "../change.ts";
import type { Core } from "../core.ts";
import { listAll } from "../entity.ts";
import { members } from "../tables.ts";

/** A transaction has 100 writes; the rest are those of the change itself. */
const teamsMax = 45;

export interface Told {
  readonly user: string;
  readonly actor: Actor;
  readonly from: Caller["from"];
  readonly operation: string;
  readonly changes: readonly Change[];
  /** Of each team's entry, for what may be told twice. */
  readonly entry?: AuditEntryId;
}

export const membershipsOf = (deps: Pick<Core, "table">, user: string): Promise<Member[]> =>
  listAll(deps.table, members, { pk: `user#${user}`, prefix: "member#", byIndex: true });

/** What a person did to their account, told in each of their teams. */
export const auditInTeams = (deps: Core, joined: readonly Member[], { user, changes, entry, ...told }: Told): Write[] =>
  joined
    .slice(0, teamsMax)
    .map(({ tenant }) =>
      audited(deps, { tenant, ...told, applications: null, idempotency: null }, { subject: user, changes }, entry),
    );
