import type { Advice } from "../contract/component.ts";
import type { BuildId, TenantId } from "../contract/id.ts";
import type { BuildRunner } from "../ports/build-runner.ts";
import { type OrderDeps, buildOrder } from "./build-order.ts";
import { systemCaller } from "./caller.ts";
import { commit, onConflictRetry } from "./change.ts";
import { type BuildRecord, buildSlots, builds, components, keyOf, operationRows } from "./component-tables.ts";
import { publish } from "./effects.ts";
import { next, put, read } from "./entity.ts";
import { quotaOf } from "./quota.ts";
import { failedBuild } from "./report-build.ts";

export type StartDeps = OrderDeps & { readonly buildRunner: BuildRunner };
type Named = { readonly tenant: TenantId; readonly build: BuildId };

/** Starts a build when its team has a free slot; else it waits and is started when one gets free. Twice starts it once. */
export async function startBuild(deps: StartDeps, asked: Named): Promise<void> {
  const build = await onConflictRetry(deps, () => takeSlot(deps, asked));
  if (!build) return;
  const handle = await deps.buildRunner.start(await buildOrder(deps, build));
  await onConflictRetry(deps, () => keepHandle(deps, asked, handle));
}

/** The build, running in a slot of its own; undefined: it has to wait, or has ended. */
async function takeSlot(deps: StartDeps, { tenant, build: id }: Named): Promise<BuildRecord | undefined> {
  const [build, known, { buildsAtOnce }] = await Promise.all([
    read(deps.table, builds, keyOf.build(tenant, id)),
    read(deps.table, buildSlots, keyOf.buildSlots(tenant)),
    quotaOf(deps, tenant),
  ]);
  if (!build || build.endedAt !== null) return undefined;
  const slots = known ?? { tenant, running: [], waiting: [], generation: 0 };
  if (slots.running.includes(id) && build.state === "running") return build;
  const isFree = slots.running.includes(id) || slots.running.length < buildsAtOnce;
  if (!isFree && slots.waiting.includes(id)) return undefined;
  const others = slots.waiting.filter((other) => other !== id);
  const taken = isFree
    ? next(slots, { running: [...new Set([...slots.running, id])], waiting: others })
    : next(slots, { waiting: [...others, id] });
  const started = next(build, {
    state: "running",
    startedAt: build.startedAt ?? deps.clock.now().toISOString(),
    attempt: build.attempt + 1,
  });
  await commit(
    deps,
    systemCaller(tenant, "startBuild"),
    {
      writes: [put(buildSlots, taken), ...(isFree ? [put(builds, started)] : [])],
      commands: [publish(tenant, "build", id, build.component)],
    },
    undefined,
  );
  return isFree ? started : undefined;
}

async function keepHandle(deps: StartDeps, { tenant, build: id }: Named, handle: string): Promise<void> {
  const build = await read(deps.table, builds, keyOf.build(tenant, id));
  if (build?.handle === handle) return;
  // Cancelled while it was being started: its cancel command found no handle.
  if (!build || build.endedAt !== null) return deps.buildRunner.cancel(handle);
  await deps.table.transact([put(builds, next(build, { handle }))]);
}

export async function cancelBuild(deps: StartDeps, { tenant, build: id }: Named): Promise<void> {
  const build = await read(deps.table, builds, keyOf.build(tenant, id));
  if (build?.handle) await deps.buildRunner.cancel(build.handle);
}

/** Gives up a build for a reason that is not its own. */
export const giveUpBuild = (deps: StartDeps, { tenant, build: id }: Named, failure: Advice): Promise<void> =>
  onConflictRetry(deps, async () => {
    const build = await read(deps.table, builds, keyOf.build(tenant, id));
    if (!build || build.endedAt !== null) return;
    const [record, operation] = await Promise.all([
      read(deps.table, components, keyOf.component(tenant, build.component)),
      read(deps.table, operationRows, keyOf.operation(tenant, build.operation)),
    ]);
    const set = await failedBuild(deps, { build, record, operation, failure: { ...failure, logLine: build.lines || null } });
    await commit(deps, systemCaller(tenant, "giveUpBuild"), set, undefined);
    deps.metrics.count("buildsFailed", 1);
    if (build.handle) await deps.buildRunner.cancel(build.handle);
  });
