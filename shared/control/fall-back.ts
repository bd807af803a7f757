import { sizeOf } from "../domain/quota.ts";
import { type ComponentRecord, components, keyOf, releases } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { desire } from "./desire.ts";
import { type Effects, publish, together } from "./effects.ts";
import { put, read } from "./entity.ts";

/** The release that serves while the one that should run does not get healthy. */
export const fallBackOf = ({ deployed, release }: ComponentRecord): ComponentRecord["deployed"] =>
  deployed && deployed.id !== release?.id ? deployed : null;

/**
 * W8: the release before, which never stopped serving, is what should run again. `record` is the component as this same transaction
 * leaves it but for this. undefined: there is none to fall back to.
 */
export async function fallBack(deps: Core, record: ComponentRecord): Promise<Effects | undefined> {
  const deployed = fallBackOf(record);
  if (!deployed) return undefined;
  const release = await read(deps.table, releases, keyOf.release(record.tenant, record.id, deployed.number));
  if (!release) return undefined;
  const revision = record.revision + 1;
  const back: ComponentRecord = {
    ...record,
    release: { id: deployed.id, number: deployed.number },
    replicas: deployed.replicas,
    releasedSize: sizeOf(release.configuration),
    undeployed: true,
    revision,
    desired: revision,
  };
  const own: Effects = {
    writes: [put(components, back)],
    commands: [publish(record.tenant, "component", record.id)],
  };
  return together(await desire(deps, back, release), own);
}
