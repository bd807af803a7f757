import { Fault } from "../../../shared/base/fault.ts";
import { allOf } from "../../../shared/client/pages.ts";
import type { Component, Resources } from "../../../shared/contract/component.ts";
import type { Release } from "../../../shared/contract/release.ts";
import { conclude } from "../conclude.ts";
import { integer, runConfiguration, type RunOptions } from "../configuration.ts";
import type { Context } from "../context.ts";
import { UsageError } from "../failure.ts";
import { type PlanOption, planOrNothing } from "../plan.ts";
import { confirmDestructive, confirmOnTerminal } from "../prompt.ts";
import { componentRow, releaseRow } from "../rows.ts";
import { type Selected, selectComponent } from "../select.ts";
import { ago } from "../text.ts";
import { dataCenterNamed } from "./data-centers.ts";

export async function start(context: Context): Promise<void> {
  const { application, component } = await selectComponent(context);
  await conclude(context, application.name, await context.client.componentStart({ params: { component: component.id } }));
}

export async function stop(context: Context, options: PlanOption): Promise<void> {
  const { application, component } = await selectComponent(context);
  if (await planOrNothing(context, component.id, options, { kind: "stop" })) return;
  await confirmOnTerminal(context, `This stops ${application.name}/${component.name}: it answers nobody until it is started.`);
  await conclude(context, application.name, await context.client.componentStop({ params: { component: component.id } }));
}

export async function restart(context: Context): Promise<void> {
  const { application, component } = await selectComponent(context);
  await conclude(context, application.name, await context.client.componentRestart({ params: { component: component.id } }));
}

export async function scale(context: Context, options: PlanOption, [count = ""]: string[]): Promise<void> {
  const replicas = integer(count, "scale");
  const { application, component } = await selectComponent(context);
  if (await planOrNothing(context, component.id, options, { kind: "scale", replicas })) return;
  await conclude(
    context,
    application.name,
    await context.client.componentScale({ params: { component: component.id }, body: { replicas } }),
  );
}

const keptForFirst = ({ output }: Context, application: string, component: Component): void =>
  output.result(componentRow(component, application), "It takes effect at the first deploy.");

export interface ResizeOptions extends PlanOption {
  readonly memory?: string;
  readonly cpu?: string;
}
export async function resize(context: Context, options: ResizeOptions): Promise<void> {
  if (options.memory === undefined && options.cpu === undefined)
    throw new UsageError("Give --memory (MiB), --cpu (thousandths of a core) or both.");
  const wanted: Partial<Resources> = {
    ...(options.memory !== undefined && { memoryMib: integer(options.memory, "--memory") }),
    ...(options.cpu !== undefined && { cpuMillis: integer(options.cpu, "--cpu") }),
  };
  const { application, component } = await selectComponent(context);
  const resources: Resources = { ...component.configuration.resources, ...wanted };
  if (await planOrNothing(context, component.id, options, { kind: "update", update: { configuration: { resources } } })) return;
  const params = { component: component.id };
  const edited = await context.client.componentUpdate({
    params,
    body: { configuration: { resources }, generation: component.generation },
  });
  if (component.release === null) return keptForFirst(context, application.name, edited);
  await conclude(context, application.name, await context.client.componentConfigure({ params }));
}

/** Any part of how it runs; without flags what was edited elsewhere is applied. */
export async function configure(context: Context, options: RunOptions & PlanOption): Promise<void> {
  const { application, component } = await selectComponent(context);
  const configuration = runConfiguration(options, component.configuration);
  const isEdit = Object.keys(configuration).length > 0;
  const wish = isEdit ? ({ kind: "update", update: { configuration } } as const) : ({ kind: "configure" } as const);
  if (await planOrNothing(context, component.id, options, wish)) return;
  const params = { component: component.id };
  if (isEdit) await context.client.componentUpdate({ params, body: { configuration, generation: component.generation } });
  if (component.release === null) return keptForFirst(context, application.name, component);
  await conclude(context, application.name, await context.client.componentConfigure({ params }));
}

export interface MoveOptions extends PlanOption {
  readonly leaveData?: boolean;
}
export async function move(context: Context, options: MoveOptions, [name = ""]: string[]): Promise<void> {
  const { application, component } = await selectComponent(context);
  const to = await dataCenterNamed(context, name);
  const body = { dataCenter: to.id, leaveData: options.leaveData ?? false };
  if (await planOrNothing(context, component.id, options, { kind: "move", ...body })) return;
  if (body.leaveData)
    await confirmDestructive(context, `This moves ${application.name}/${component.name} to ${to.name} and removes its data.`);
  await conclude(context, application.name, await context.client.componentMove({ params: { component: component.id }, body }));
}

const releasesOf = (context: Context, { component }: Selected): Promise<Release[]> =>
  allOf((page) => context.client.releaseList({ params: { component: component.id }, query: { page } }));

export async function releases(context: Context): Promise<void> {
  const selected = await selectComponent(context);
  const current = selected.component.release?.number;
  const all = await releasesOf(context, selected);
  const origin = (r: Release): string => (r.rollbackOf === null ? r.reason : `rollback to ${r.rollbackOf}`);
  context.output.rows(
    all.map((r) => releaseRow(r, current)),
    ["", "RELEASE", "OUTCOME", "WHY", "COMMIT", "BY", "WHEN"],
    all.map((r) => [
      r.number === current ? "*" : "",
      String(r.number),
      r.outcome,
      origin(r),
      r.commit ? `${r.commit.id.slice(0, 10)} ${r.commit.message.split("\n")[0]}` : "",
      r.createdBy.name,
      ago(r.createdAt),
    ]),
    "It has no release yet.",
  );
}

/** The release that a word names: a number, an id, or nothing for the newest that worked before the current one. */
export function releaseNamed(all: readonly Release[], current: number | undefined, word: string | undefined): Release {
  const before = all
    .filter((r) => r.number < (current ?? Number.POSITIVE_INFINITY) && r.outcome === "deployed")
    .sort((a, b) => b.number - a.number)[0];
  const found = word === undefined ? before : all.find((r) => r.id === word || String(r.number) === word.replace(/^v/, ""));
  if (found) return found;
  if (word === undefined)
    throw new Fault("not_found", "There is no earlier release that worked.", {
      next: 'See "pluvia releases", and name the one to go back to.',
    });
  throw new Fault("not_found", `There is no release ${word}.`, {
    next: `There are: ${all.map((r) => r.number).join(", ") || "none"}.`,
  });
}

export async function rollback(context: Context, options: PlanOption, [word]: string[]): Promise<void> {
  const selected = await selectComponent(context);
  const { application, component } = selected;
  const release = releaseNamed(await releasesOf(context, selected), component.release?.number, word);
  if (await planOrNothing(context, component.id, options, { kind: "rollback", release: release.id })) return;
  context.output.note(`Going back to release ${release.number}.`);
  await conclude(
    context,
    application.name,
    await context.client.componentRollback({ params: { component: component.id }, body: { release: release.id } }),
  );
}
