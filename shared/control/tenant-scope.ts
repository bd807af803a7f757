import type { TenantId } from "../contract/id.ts";
import type { Core } from "./core.ts";

/**
 * For work on one team's things alone: where AWS keeps the rows, the table is asked by credentials of that team's (infra/aws/tenants.yml). As soon as
 * it is known which team it is about, whether or not whoever asks belongs to it.
 */
export const forTeam = <D extends Pick<Core, "table" | "tableFor">>(deps: D, tenant: TenantId): D => ({
  ...deps,
  table: deps.tableFor(deps.table, tenant),
});
