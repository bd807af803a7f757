import type { Advice } from "../contract/component.ts";
import type { BuildId, TenantId } from "../contract/id.ts";
import type { BuildRunner } from "../ports/build-runner.ts";
import type { OrderDeps } from "./build-order.ts";
import { cancelBuilder, startBuilder } from "./data-centers/builders.ts";
import { systemCaller } from "./caller.ts";
import { commit, onConflictRetry } from "./change.ts";
import { takeSlots } from "./build-slots.ts";
import { type BuildRecord, builds, keyOf } from "./component-tables.ts";
import { type Effects, publish, together } from "./effects.ts";
import { next, put, read } from "./entity.ts";
import { failBuild } from "./report-build.ts";

export type StartDeps = OrderDeps & { readonly buildRunner: BuildRunner };
type Named = { readonly tenant: TenantId; readonly build: BuildId };

/** Starts a build when its team has a free slot; else it waits and is started when one gets free. Twice starts it once. */
export async function startBuild(deps: StartDeps, asked: Named): Promise<void> {
  const build = await onConflictRetry(deps, () => takeSlot(deps, asked));
  if (!build) return;
  const handle = await startBuilder(deps, build);
  deps.log.info({ ...asked, attempt: build.attempt, handle }, "a builder was started");
  await onConflictRetry(deps, () => keepHandle(deps, asked, handle));
}

/** The build, running in a slot of its own; undefined: it has to wait, or has ended. */
async function takeSlot(deps: StartDeps, named: Named): Promise<BuildRecord | undefined> {
  const { tenant, build: id } = named;
  const [build, slots] = await Promise.all([read(deps.table, builds, keyOf.build(tenant, id)), takeSlots(deps, named)]);
  if (!build || build.endedAt !== null) return undefined;
  if (slots.mayRun && slots.writes.length === 0 && build.state === "running") return build;
  if (!slots.mayRun && slots.writes.length === 0) return undefined;
  const started = next(build, {
    state: "running",
    startedAt: build.startedAt ?? deps.clock.now().toISOString(),
    attempt: build.attempt + 1,
    // Only now: one that was taken for lost may have told more until here.
    reportSequence: 0,
    base: build.lines,
  });
  const own: Effects = {
    writes: slots.mayRun ? [put(builds, started)] : [],
    commands: [publish(tenant, "build", id)],
  };
  await commit(deps, systemCaller(tenant, "startBuild"), together(slots, own), undefined);
  return slots.mayRun ? started : undefined;
}

async function keepHandle(deps: StartDeps, { tenant, build: id }: Named, handle: string): Promise<void> {
  const build = await read(deps.table, builds, keyOf.build(tenant, id));
  if (build?.handle === handle) return;
  // Cancelled while it was being started: its cancel command found no handle.
  if (!build || build.endedAt !== null) return cancelBuilder(deps, handle);
  await deps.table.transact([put(builds, next(build, { handle }))]);
}

export async function cancelBuild(deps: StartDeps, { tenant, build: id }: Named): Promise<void> {
  const build = await read(deps.table, builds, keyOf.build(tenant, id));
  if (build?.handle) await cancelBuilder(deps, build.handle);
}

/** Gives up a build for a reason that is not its own. */
export async function giveUpBuild(deps: StartDeps, named: Named, failure: Advice): Promise<void> {
  const build = await failBuild(deps, named, failure);
  if (build?.handle) await cancelBuilder(deps, build.handle);
}
