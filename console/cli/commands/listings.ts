import { spawn } from "node:child_process";
import { Fault } from "../../../shared/base/fault.ts";
import type { Component } from "../../../shared/contract/component.ts";
import type { LogLine } from "../../../shared/contract/agent.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import type { Build } from "../../../shared/contract/release.ts";
import { readyOf } from "../../../shared/domain/component.ts";
import { volumesOf } from "../../../shared/domain/movement.ts";
import { type Context, interactive } from "../context.ts";
import { follow } from "../follow.ts";
import { stepLine } from "../progress.ts";
import { turnWords } from "../turn.ts";
import { confirmDestructive } from "../prompt.ts";
import { componentRow } from "../rows.ts";
import { applicationNamed, applications, componentsOf, selectComponent, selectionOf } from "../select.ts";
import { ago, duration, inertLine } from "../text.ts";
import { exitCodes } from "../failure.ts";
import { conclude } from "../conclude.ts";
import { planOrNothing, type PlanOption } from "../plan.ts";

/** Those of the application that is named, else all of the team. */
export async function ps(context: Context): Promise<void> {
  const { app, name, id } = selectionOf(context);
  const all = await applications(context);
  const wanted = app === undefined ? undefined : await applicationNamed(context, app);
  const nameOf = new Map(all.map((a) => [a.id, a.name]));
  const explicit = context.options.name !== undefined || context.options.component !== undefined;
  const components = (await componentsOf(context, wanted?.id)).filter((c) =>
    id ? c.id === id : !explicit || name === undefined || c.name === name,
  );
  if (explicit && components.length === 0)
    throw new Fault("not_found", `There is no component "${name ?? id}".`, { next: 'See "pluvia ps" without --name.' });
  const listed = components.map((c) => ({ row: componentRow(c, nameOf.get(c.application) ?? c.application), ready: readyOf(c) }));
  context.output.rows(
    listed.map(({ row }) => row),
    ["COMPONENT", "STATUS", "READY", "RELEASE", "URL"],
    listed.map(({ row: r, ready }) => [
      `${r.application}/${r.name}`,
      r.status,
      ready ?? "-",
      r.release === null ? "-" : String(r.release),
      r.url ?? "",
    ]),
    'There is nothing yet: "pluvia create" makes a component.',
  );
  for (const { row: r } of listed)
    for (const advice of r.advice) context.output.note(`${r.application}/${r.name}: ${advice.message} ${advice.next}`);
}

export async function appsList(context: Context): Promise<void> {
  const all = await applications(context);
  context.output.rows(
    all,
    ["APPLICATION", "CREATED", "ID"],
    all.map((a) => [a.name, ago(a.createdAt), a.id]),
    "There is no application yet.",
  );
}

export async function appsCreate(
  { client, output }: Context,
  { description = "" }: { description?: string },
  [name = ""]: string[],
): Promise<void> {
  const application = await client.applicationCreate({ body: { name, description } });
  output.result(application, `The application ${application.name} is created.`);
}

const andData = ({ name, configuration }: Pick<Component, "name" | "configuration">): string => {
  const volumes = volumesOf(configuration);
  return volumes.length === 0 ? "" : `, and the data of ${name} in ${volumes.join(", ")}`;
};

export async function appsRemove(context: Context, _options: object, [name = ""]: string[]): Promise<void> {
  const application = await applicationNamed(context, name);
  const components = await componentsOf(context, application.id);
  await confirmDestructive(
    context,
    `This removes the application ${application.name} with ${components.length} component(s), their releases and logs${components.map(andData).join("")}, for good.`,
  );
  const removed = await context.client.applicationRemove({ params: { application: application.id } });
  context.output.result(removed, `The application ${application.name} is being removed.`);
}

export async function componentsRemove(context: Context, options: PlanOption): Promise<void> {
  const { application, component } = await selectComponent(context);
  if (await planOrNothing(context, component.id, options, { kind: "remove" })) return;
  await confirmDestructive(
    context,
    `This removes ${application.name}/${component.name} with its releases and logs${andData(component)}, for good.`,
  );
  const operation = await context.client.componentRemove({ params: { component: component.id } });
  const done = context.wait ? await removed(context, operation) : operation;
  context.output.result(
    {
      ...componentRow(component, application.name),
      status: done.state === "succeeded" ? "removed" : "removing",
      operation: operation.id,
    },
    `${application.name}/${component.name} is ${done.state === "succeeded" ? "removed" : "being removed"}.`,
  );
}

/** The operation of a removed component may vanish with it: that is success too. */
async function removed(context: Context, operation: Operation): Promise<Pick<Operation, "state">> {
  try {
    const ended = await follow(context, operation);
    if (ended.state === "failed")
      throw new Fault("conflict", ended.failure?.message ?? "It could not be removed.", {
        next: ended.failure?.next ?? "Try again.",
      });
    return ended;
  } catch (error) {
    if (error instanceof Fault && error.code === "not_found") return { state: "succeeded" };
    throw error;
  }
}

export async function open(context: Context): Promise<void> {
  const { application, component } = await selectComponent(context);
  const { url } = component;
  if (!url)
    throw new Fault(
      "not_found",
      `${application.name}/${component.name} has no address: it is ${component.status}, or has no external port.`,
      { next: 'Deploy it, or see "pluvia ps".' },
    );
  context.output.result({ url }, url);
  if (interactive() && !context.output.json && /^https?:/.test(url)) launch(context, url);
}

function launch({ output }: Context, url: string): void {
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(opener, [url], { stdio: "ignore", detached: true });
  child.on("error", () => output.note(`(${opener} is not here: open the address yourself)`));
  child.unref();
}

export async function operations(context: Context, _options: object, [id]: string[]): Promise<void> {
  if (id !== undefined) return oneOperation(context, id);
  const { app, id: component } = selectionOf(context);
  const about = app !== undefined || component !== undefined ? (await selectComponent(context)).component.id : undefined;
  const { items, next } = await context.client.operationList({ query: { limit: 50, ...(about && { component: about }) } });
  context.output.rows(
    items,
    ["OPERATION", "KIND", "STATE", "BY", "BEGAN", "TOOK"],
    items.map((o) => [o.id, o.kind, o.state, o.actor.name, ago(o.createdAt), took(o.createdAt, o.endedAt)]),
    "There was no operation yet.",
  );
  sayOlder(context, items, next);
}

const took = (from: string | null, to: string | null): string =>
  from === null || to === null ? "" : duration(Date.parse(to) - Date.parse(from));

async function oneOperation(context: Context, id: string): Promise<void> {
  const { client, output, wait } = context;
  const found = await client.operationView({ params: { operation: id as Operation["id"] } });
  const { component: of, application: within } = found;
  if (wait && found.endedAt === null && of !== null && within !== null) {
    const component = await client.componentView({ params: { component: of } });
    const application = await client.applicationView({ params: { application: within } });
    return conclude(context, application.name, { operation: found, component });
  }
  const failure = found.failure ? `\n${found.failure.message}\n${found.failure.next}` : "";
  output.result(
    found,
    () =>
      [`${found.kind} ${found.state}, began ${ago(found.createdAt)}`, ...found.steps.map((s) => stepLine(s, Date.now()))].join(
        "\n",
      ) + failure,
  );
}

export async function operationsCancel({ client, output }: Context, _options: object, [id = ""]: string[]): Promise<void> {
  const operation = await client.operationCancel({ params: { operation: id as Operation["id"] } });
  output.result(operation, `Operation ${operation.id} is ${operation.state}.`);
}

const sayOlder = ({ output }: Context, shown: readonly unknown[], next: string | undefined): void => {
  if (next) output.note(`These are the newest ${shown.length}. There are older ones, which "pluvia api" lists by page.`);
};

const buildsOf = ({ client }: Context, component: Component["id"]): Promise<{ items: Build[]; next?: string | undefined }> =>
  client.buildList({ params: { component }, query: { limit: 50 } });

export async function builds(context: Context): Promise<void> {
  const { component } = await selectComponent(context);
  const { items: all, next } = await buildsOf(context, component.id);
  context.output.rows(
    all,
    ["BUILD", "STATE", "LANGUAGE", "COMMIT", "CACHE", "BEGAN", "TOOK"],
    all.map((b) => [
      b.id,
      b.turn ? turnWords(b.turn) : b.state,
      b.language ?? "",
      b.commit?.id.slice(0, 10) ?? "",
      b.cache ?? "",
      ago(b.startedAt),
      took(b.startedAt, b.endedAt),
    ]),
    "There was no build yet.",
  );
  sayOlder(context, all, next);
  for (const b of all) for (const a of b.advice) context.output.note(inertLine(`${b.id}: ${a.message} ${a.next}`));
}

/** The log of a build, the newest one when none is named; it exits 1 when the build failed. */
export async function buildsLog(context: Context, _options: object, [word]: string[]): Promise<void> {
  const id =
    (word as Build["id"] | undefined) ?? (await buildsOf(context, (await selectComponent(context)).component.id)).items[0]?.id;
  if (!id) throw new Fault("not_found", "There was no build yet.", { next: "Deploy the component first." });
  const lines: LogLine[] = [];
  for (let after = 0, more = true; more; ) {
    const page = await context.client.buildLogView({ params: { build: id }, query: { after, limit: 5_000 } });
    lines.push(...page.lines);
    after = page.lines.at(-1)?.sequence ?? after;
    more = page.lines.length > 0;
  }
  context.output.result(lines, () => lines.map((l) => l.text).join("\n"));
  const build = await context.client.buildView({ params: { build: id } });
  if (build.state === "failed") {
    if (build.failure) context.output.note(`${build.failure.message}\n${build.failure.next}`);
    process.exitCode = exitCodes.refused;
  }
}
