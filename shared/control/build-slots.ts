import type { BuildId, TenantId } from "../contract/id.ts";
import type { Build } from "../contract/release.ts";
import { asked, type Builders, countBefore, isAmong, left } from "../domain/builders.ts";
import type { BuildLimits } from "../domain/build-limits.ts";
import { type BuilderRow, builderRows, buildSlots, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { type Effects, noEffects, together } from "./effects.ts";
import { next, put, read } from "./entity.ts";
import { quotaOf } from "./quota.ts";
import { startBuildCommand } from "./start-build-command.ts";

export type SlotDeps = Pick<Core, "table" | "quota"> & { readonly buildLimits: Pick<BuildLimits, "atOnce"> };
type Named = { readonly tenant: TenantId; readonly build: BuildId };

/**
 * A build runs when its team has a slot for it and the platform has a builder: the first is for teams not to outdo others, the second for all
 * of them together not to outdo the machines. `mayRun: false`: it waits, and is started in its turn.
 */
export async function takeSlots(deps: SlotDeps, named: Named): Promise<Effects & { readonly mayRun: boolean }> {
  const { tenant, build } = named;
  const [known, { buildsAtOnce }] = await Promise.all([slotsOf(deps, tenant), quotaOf(deps, tenant)]);
  const isFree = known.running.includes(build) || known.running.length < buildsAtOnce;
  const running = isFree ? [...new Set([...known.running, build])] : known.running;
  const waiting = isFree ? known.waiting.filter((other) => other !== build) : [...new Set([...known.waiting, build])];
  const isSame = running.length === known.running.length && waiting.length === known.waiting.length;
  const own: Effects = isSame ? noEffects : { writes: [put(buildSlots, next(known, { running, waiting }))], commands: [] };
  if (!isFree) return { ...own, mayRun: false };
  const { mayRun, ...builder } = await takeBuilder(deps, named);
  return { ...together(own, builder), mayRun };
}

async function takeBuilder(deps: SlotDeps, named: Named): Promise<Effects & { readonly mayRun: boolean }> {
  const { atOnce } = deps.buildLimits;
  if (atOnce === null) return { ...noEffects, mayRun: true };
  const row = (await read(deps.table, builderRows, keyOf.builders)) ?? { atOnce, running: [], waiting: [], generation: 0 };
  const { builders, started } = asked({ ...row, atOnce }, named);
  const others = started.filter(({ build }) => build !== named.build);
  const isSame = started.length === 0 && builders.waiting.length === row.waiting.length;
  return {
    writes: isSame ? [] : [put(builderRows, next(row, rowOf(builders)))],
    commands: others.map(({ tenant, build }) => startBuildCommand(tenant, build)),
    mayRun: isAmong(builders.running, named.build),
  };
}

/** Whose turn comes when this one has ended is started. */
export async function freeSlots(deps: Pick<Core, "table">, { tenant, build }: Named): Promise<Effects> {
  const [slots, row] = await Promise.all([slotsOf(deps, tenant), read(deps.table, builderRows, keyOf.builders)]);
  return together(freedSlot(slots, build), row ? freedBuilder(row, build) : noEffects);
}

function freedSlot(slots: Awaited<ReturnType<typeof slotsOf>>, build: BuildId): Effects {
  if (![...slots.running, ...slots.waiting].includes(build)) return noEffects;
  const others = (ids: readonly BuildId[]) => ids.filter((id) => id !== build);
  const waiting = others(slots.waiting);
  const first = slots.running.includes(build) ? waiting[0] : undefined;
  return {
    writes: [put(buildSlots, next(slots, { running: others(slots.running), waiting }))],
    commands: first ? [startBuildCommand(slots.tenant, first)] : [],
  };
}

function freedBuilder(row: BuilderRow, build: BuildId): Effects {
  if (!isAmong(row.running, build) && !isAmong(row.waiting, build)) return noEffects;
  const { builders, started } = left(row, build);
  return {
    writes: [put(builderRows, next(row, rowOf(builders)))],
    commands: started.map((one) => startBuildCommand(one.tenant, one.build)),
  };
}

/** What a build waits for; null: for nothing but that it is started. */
export async function turnOf(deps: SlotDeps, { tenant, build }: Named): Promise<Build["turn"]> {
  const [slots, row, { buildsAtOnce }] = await Promise.all([
    slotsOf(deps, tenant),
    read(deps.table, builderRows, keyOf.builders),
    quotaOf(deps, tenant),
  ]);
  const at = slots.waiting.indexOf(build);
  if (at >= 0 && slots.running.length >= buildsAtOnce)
    return { for: "team", before: at, running: slots.running.length, atOnce: buildsAtOnce };
  if (row && isAmong(row.waiting, build) && row.running.length >= (deps.buildLimits.atOnce ?? Number.POSITIVE_INFINITY))
    return { for: "platform", before: countBefore(row, build), running: row.running.length, atOnce: row.atOnce };
  return null;
}

const slotsOf = async (deps: Pick<Core, "table">, tenant: TenantId) =>
  (await read(deps.table, buildSlots, keyOf.buildSlots(tenant))) ?? { tenant, running: [], waiting: [], generation: 0 };
const rowOf = ({ atOnce, running, waiting }: Builders): Omit<BuilderRow, "generation"> => ({
  atOnce,
  running: [...running],
  waiting: [...waiting],
});
