import type { Command } from "../contract/commands.ts";
import type { BuildId, TenantId } from "../contract/id.ts";
import type { Table } from "../ports/table.ts";
import { type BuildRecord, buildSlots, builds, keyOf } from "./component-tables.ts";
import { type Effects, noEffects, publish, together } from "./effects.ts";
import { next, put, read } from "./entity.ts";

export const startBuildCommand = (tenant: TenantId, build: BuildId): Command => ({
  kind: "startBuild",
  version: 1,
  tenant,
  build,
});

/** Ends a build, gives its slot to the next one that waits, and stops its builder when it was cancelled. */
export async function endBuild(deps: { table: Table }, build: BuildRecord, changes: Partial<BuildRecord>): Promise<Effects> {
  const ended = next(build, changes);
  const cancel: Command = { kind: "cancelBuild", version: 1, tenant: build.tenant, build: build.id };
  return together(
    {
      writes: [put(builds, ended), { kind: "remove", key: keyOf.watch(build.tenant, "build", build.id) }],
      commands: [publish(build.tenant, "build", build.id, build.component), ...(ended.state === "cancelled" ? [cancel] : [])],
    },
    await freedSlot(deps, build),
  );
}

async function freedSlot(deps: { table: Table }, build: BuildRecord): Promise<Effects> {
  const slots = await read(deps.table, buildSlots, keyOf.buildSlots(build.tenant));
  if (!slots || ![...slots.running, ...slots.waiting].includes(build.id)) return noEffects;
  const others = (ids: readonly BuildId[]) => ids.filter((id) => id !== build.id);
  const [first, ...waiting] = others(slots.waiting);
  return {
    writes: [put(buildSlots, next(slots, { running: others(slots.running), waiting }))],
    commands: first ? [startBuildCommand(build.tenant, first)] : [],
  };
}
