import { BuildId, type TenantId } from "../contract/id.ts";
import { type BuilderState, type BuilderWait, isGoingOn } from "../ports/build-runner.ts";
import { withLog } from "./build-log.ts";
import { systemCaller } from "./caller.ts";
import { commit, onConflictRetry } from "./change.ts";
import { turnOf } from "./build-slots.ts";
import { type BuildRecord, builds, keyOf, watches } from "./component-tables.ts";
import { observeBuilder } from "./data-centers/builders.ts";
import { startBuildCommand } from "./start-build-command.ts";
import { publish } from "./effects.ts";
import { next, put, read } from "./entity.ts";
import { giveUpBuild, type StartDeps } from "./start-build.ts";
import { type Swept, sweepRows } from "./sweep-rows.ts";

/** A command that was not lost is handled within this. */
const quietMs = 2 * 60_000;
/** A builder ends itself at its limit; this long after, nobody waits for it any more. */
const overtimeMs = 5 * 60_000;
const lossesMax = 2;

/** Finds builds whose builder is gone, whose command was lost or whose time is up. */
export async function sweepBuilds(deps: StartDeps): Promise<Swept> {
  const found: BuildStage[] = [];
  const swept = await sweepRows(deps, { pk: "watch#build", byIndex: true }, watches, async (own, { tenant, id }) => {
    found.push(await lookAtBuild(own, tenant, BuildId.parse(id)));
  });
  deps.metrics.level("buildsWaiting", found.filter((stage) => stage === "waiting").length);
  deps.metrics.level("buildsRunning", found.filter((stage) => stage === "running").length);
  return swept;
}

/** As it was found. */
type BuildStage = "waiting" | "running" | "ended";

/** Whether it still goes on, and what follows if it does not. Right at any time, and twice. */
export async function lookAtBuild(deps: StartDeps, tenant: TenantId, id: BuildId): Promise<BuildStage> {
  const [build, turn] = await Promise.all([
    read(deps.table, builds, keyOf.build(tenant, id)),
    turnOf(deps, { tenant, build: id }),
  ]);
  if (!build || build.endedAt !== null) return "ended";
  const now = deps.clock.now().getTime();
  if (build.handle === null) {
    if (turn === null && now - Date.parse(build.startedAt ?? build.createdAt) > quietMs) await askAgain(deps, build);
    return "waiting";
  }
  await lookAtBuilder(deps, await withLog(deps, build), build.handle);
  return "running";
}

async function lookAtBuilder(deps: StartDeps, build: BuildRecord, handle: string): Promise<void> {
  const { tenant, id } = build;
  const state = await observeBuilder(deps, handle);
  if (isGoingOn(state)) {
    const isLate =
      build.startedAt && deps.clock.now().getTime() - Date.parse(build.startedAt) > deps.buildLimits.seconds * 1_000 + overtimeMs;
    return isLate ? giveUpBuild(deps, { tenant, build: id }, outOfTime) : tellWait(deps, build, state);
  }
  if (typeof state === "object") return giveUpBuild(deps, { tenant, build: id }, state.failure);
  // Its last report may have come in between.
  const record = await read(deps.table, builds, keyOf.build(tenant, id));
  const again = record && (await withLog(deps, record));
  if (again && again.endedAt === null && again.reportSequence === build.reportSequence) await restart(deps, again, state);
}

/** One that has told anything has begun. */
async function tellWait(
  deps: StartDeps,
  { tenant, id, reportSequence }: BuildRecord,
  state: "running" | BuilderWait,
): Promise<void> {
  const advice = state === "running" || reportSequence > 0 ? [] : state.waiting;
  await onConflictRetry(deps, async () => {
    const build = await read(deps.table, builds, keyOf.build(tenant, id));
    if (!build || build.endedAt !== null || JSON.stringify(build.advice) === JSON.stringify(advice)) return;
    const set = {
      writes: [put(builds, next(build, { advice: [...advice] }))],
      commands: [publish(tenant, "build", id)],
    };
    await commit(deps, systemCaller(tenant, "sweepBuilds"), set, undefined);
  });
}

const askAgain = (deps: StartDeps, build: BuildRecord): Promise<void> =>
  commit(
    deps,
    systemCaller(build.tenant, "sweepBuilds"),
    { writes: [], commands: [startBuildCommand(build.tenant, build.id)] },
    undefined,
  );

/** Once more from the beginning: its builder is gone without a word. The log goes on where it ended. Stops of the platform are not counted. */
async function restart(deps: StartDeps, build: BuildRecord, state: BuilderState): Promise<void> {
  const stops = state === "stopped" ? build.stops + 1 : build.stops;
  if (build.attempt - stops >= lossesMax) return giveUpBuild(deps, { tenant: build.tenant, build: build.id }, lost);
  const again: Partial<BuildRecord> = { state: "queued", handle: null, startedAt: null, stops, advice: [] };
  const fresh = next(build, again);
  const set = { writes: [put(builds, fresh)], commands: [startBuildCommand(build.tenant, build.id)] };
  await onConflictRetry(deps, () => commit(deps, systemCaller(build.tenant, "sweepBuilds"), set, undefined));
}

const lost = {
  code: "build.lost",
  message: "The builder ended without saying why, twice.",
  next: "Often the machine ran out of memory or was restarted: deploy again, and see the operator's log if it stays.",
};
const outOfTime = {
  code: "build.timeout",
  message: "The build took longer than it may.",
  next: "Look at the last lines of its log for what takes so long, and deploy again.",
};
