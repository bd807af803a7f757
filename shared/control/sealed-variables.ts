import * as z from "zod";
import { VariableName } from "../contract/component.ts";
import { Time, type ComponentId, type TenantId } from "../contract/id.ts";
import type { OpenVariable } from "../domain/release.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Table } from "../ports/table.ts";
import { keyOf, variableRows } from "./component-tables.ts";
import { read } from "./entity.ts";

const OpenVariables = z.array(
  z.object({ name: VariableName, kind: z.enum(["plain", "secret"]), value: z.string(), updatedAt: Time }),
);

export const sealVariables = (
  deps: { secrets: Secrets },
  tenant: TenantId,
  variables: readonly OpenVariable[],
): Promise<string> => deps.secrets.seal(tenant, JSON.stringify(variables));
export const openVariables = async (deps: { secrets: Secrets }, tenant: TenantId, sealed: string): Promise<OpenVariable[]> =>
  OpenVariables.parse(JSON.parse(await deps.secrets.open(tenant, sealed)));

/** A component's variables as they are now, with the generation of their row (0: none were ever set). */
export async function currentVariables(
  deps: { table: Table; secrets: Secrets },
  component: { tenant: TenantId; id: ComponentId },
): Promise<{ variables: OpenVariable[]; sealed: string | null; generation: number }> {
  const row = await read(deps.table, variableRows, keyOf.variables(component.tenant, component.id));
  if (!row) return { variables: [], sealed: null, generation: 0 };
  return { variables: await openVariables(deps, component.tenant, row.sealed), sealed: row.sealed, generation: row.generation };
}
