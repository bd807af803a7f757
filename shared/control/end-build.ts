import type { Command } from "../contract/commands.ts";
import type { Table } from "../ports/table.ts";
import { freeSlots } from "./build-slots.ts";
import { type BuildRecord, builds, keyOf } from "./component-tables.ts";
import { type Effects, publish, together } from "./effects.ts";
import { next, put } from "./entity.ts";

/** Ends a build, gives its slot to the next one that waits, and stops its builder when it was cancelled. */
export async function endBuild(deps: { table: Table }, build: BuildRecord, changes: Partial<BuildRecord>): Promise<Effects> {
  const ended = next(build, { ...changes, advice: [] });
  const cancel: Command = { kind: "cancelBuild", version: 1, tenant: build.tenant, build: build.id };
  return together(
    {
      writes: [put(builds, ended), { kind: "remove", key: keyOf.watch(build.tenant, "build", build.id) }],
      commands: [publish(build.tenant, "build", build.id), ...(ended.state === "cancelled" ? [cancel] : [])],
    },
    await freeSlots(deps, { tenant: build.tenant, build: build.id }),
  );
}
