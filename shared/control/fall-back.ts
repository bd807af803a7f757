import { type ComponentRecord, components, keyOf, releases } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { desire } from "./desire.ts";
import { type Effects, publish, together } from "./effects.ts";
import { put, read } from "./entity.ts";

/**
 * W8: the release before, which never stopped serving, is what should run again. `record` is the component as this same transaction
 * leaves it but for this. undefined: there is none to fall back to.
 */
export async function fallBack(deps: Core, record: ComponentRecord): Promise<Effects | undefined> {
  const { deployed } = record;
  if (!deployed || deployed.id === record.release?.id) return undefined;
  const release = await read(deps.table, releases, keyOf.release(record.tenant, record.id, deployed.number));
  if (!release) return undefined;
  const revision = record.revision + 1;
  const back: ComponentRecord = {
    ...record,
    release: { id: deployed.id, number: deployed.number },
    replicas: deployed.replicas,
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
