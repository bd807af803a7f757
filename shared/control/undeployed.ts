import type { Configuration } from "../contract/component.ts";
import { isUndeployed, type OpenVariable } from "../domain/release.ts";
import type { Secrets } from "../ports/secrets.ts";
import { type ComponentRecord, keyOf, releases } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { read } from "./entity.ts";
import { openVariables } from "./sealed-variables.ts";

/** Whether the edited content differs from what the current release was made of. */
export async function undeployedOf(
  deps: Core & { secrets: Secrets },
  record: ComponentRecord,
  edited: { configuration: Configuration; variables: readonly OpenVariable[] },
): Promise<boolean> {
  const release =
    record.release && (await read(deps.table, releases, keyOf.release(record.tenant, record.id, record.release.number)));
  if (!release) return false;
  const variables = await openVariables(deps, record.tenant, release.sealed);
  return isUndeployed({ ...edited, released: { configuration: release.configuration, variables, replicas: record.replicas } });
}
