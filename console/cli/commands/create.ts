import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isApiError } from "../../../shared/client/api-error.ts";
import type * as z from "zod";
import type { Application, ComponentCreate, Configuration } from "../../../shared/contract/component.ts";
import type { DataCenterId } from "../../../shared/contract/id.ts";
import type { Check, Proposal, Source } from "../../../shared/contract/source.ts";
import { runCheck, showCheck } from "../checking.ts";
import { conclude } from "../conclude.ts";
import { integer, runConfiguration, type RunOptions } from "../configuration.ts";
import { type Context, interactive } from "../context.ts";
import { UsageError } from "../failure.ts";
import { ask, confirmOnTerminal } from "../prompt.ts";
import { componentRow } from "../rows.ts";
import { applications } from "../select.ts";
import { readProject } from "../settings.ts";
import { credentialOf, type SourceOptions, sourceOf, titleOf } from "../source.ts";
import { parseAssignments } from "../variables.ts";
import { dataCenterAsked } from "./data-centers.ts";
import { chosen, namesGiven, writeProject } from "./init.ts";

export interface CreateOptions extends SourceOptions, RunOptions {
  readonly dataCenter?: string;
  readonly env?: string[];
  readonly secret?: string[];
  readonly command?: string;
  readonly replicas?: string;
  readonly memory?: string;
  readonly cpu?: string;
  readonly language?: string;
  readonly deploy?: boolean;
}
type Create = z.input<typeof ComponentCreate>;
type Variables = NonNullable<Create["variables"]>;
/** What the proposal and the flags give the component; flags win. */
export function configurationOf(proposal: Proposal | null, options: CreateOptions): Partial<z.input<typeof Configuration>> {
  const ports = proposal?.ports.map((p) => ({ ...p, internal: true, external: p.protocol === "http" }));
  const resources =
    options.memory !== undefined || options.cpu !== undefined
      ? {
          memoryMib: options.memory === undefined ? 512 : integer(options.memory, "--memory"),
          cpuMillis: options.cpu === undefined ? 1_000 : integer(options.cpu, "--cpu"),
        }
      : undefined;
  return {
    ...(ports && { ports }),
    ...(options.command && { command: options.command }),
    ...(options.replicas !== undefined && { replicas: integer(options.replicas, "--replicas") }),
    ...(resources && { resources }),
    ...runConfiguration(options),
  };
}

async function variablesOf(context: Context, proposal: Proposal | null, options: CreateOptions): Promise<Variables> {
  const given = new Map<string, Variables[number]>();
  for (const [name, value] of parseAssignments(options.env ?? [])) given.set(name, { name, kind: "plain", value });
  for (const [name, value] of parseAssignments(options.secret ?? [])) given.set(name, { name, kind: "secret", value });
  for (const wanted of proposal?.variables ?? []) {
    if (given.has(wanted.name)) continue;
    const value = wanted.value === "" && wanted.required ? await missingValue(context, wanted) : wanted.value;
    if (value !== "") given.set(wanted.name, { name: wanted.name, kind: "plain", value });
  }
  return [...given.values()];
}

async function missingValue({ output, options }: Context, wanted: Proposal["variables"][number]): Promise<string> {
  if (interactive() && !options.yes) return ask(`${wanted.name}${wanted.description ? ` (${wanted.description})` : ""}: `);
  output.warn(`the variable ${wanted.name} is needed but has no value; give it with --env ${wanted.name}=…`);
  return "";
}

async function ensureApplication(context: Context, name: string): Promise<{ application: Application; isNew: boolean }> {
  const find = async (): Promise<Application | undefined> => (await applications(context)).find((a) => a.name === name);
  const found = await find();
  if (found) return { application: found, isNew: false };
  try {
    return { application: await context.client.applicationCreate({ body: { name } }), isNew: true };
  } catch (error) {
    // Another may have made it since we looked.
    const other = isApiError(error, "conflict") ? await find() : undefined;
    if (!other) throw error;
    return { application: other, isNew: false };
  }
}

/** An application that was made for a component goes with it when that is refused; not where nobody knows, or another found it meanwhile. */
async function unmake({ client, output }: Context, { id, name }: Application, refusal: unknown): Promise<void> {
  if (!isApiError(refusal) || refusal.status < 400 || refusal.status >= 500) return;
  try {
    const { items } = await client.componentList({ query: { application: id, limit: 1 } });
    if (items.length === 0) await client.applicationRemove({ params: { application: id } });
  } catch (error) {
    output.note(`The application ${name} stays, empty: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Pushed code does not exist yet and an image is not looked into, so neither is checked. */
const isCheckable = (source: Source): boolean => source.kind === "git" || source.kind === "upload";

async function checked(
  context: Context,
  source: Source,
  { dataCenter, ...options }: Omit<CreateOptions, "dataCenter"> & { dataCenter: DataCenterId | undefined },
): Promise<Check | undefined> {
  if (!isCheckable(source)) return undefined;
  const { language } = options;
  const check = await runCheck(context, { source, credential: await credentialOf(options), language, dataCenter });
  showCheck(context, check);
  return check;
}

/** What would be refused in the end is refused before anything is sent, looked at, or made. */
async function assertSound(app: string, name: string, options: CreateOptions): Promise<void> {
  const { Name } = await import("../../../shared/contract/id.ts");
  for (const [flag, value] of Object.entries({ "--app": app, "--name": name })) {
    const problem = Name.safeParse(value).error?.issues[0]?.message;
    if (problem !== undefined) throw new UsageError(`${flag} cannot be "${value}".`, `For it, ${problem}.`);
  }
  parseAssignments([...(options.env ?? []), ...(options.secret ?? [])]);
  configurationOf(null, options);
}

const unnamed = (): UsageError =>
  new UsageError("What is it made of?", "Give --git URL, --demo NAME, --image IMAGE, --push, or a folder such as .");

interface Names {
  readonly app: string;
  readonly name: string;
}
/** By the flags or pluvia.json, else as the console does: the application after its source, its component web. */
async function namesOf(context: Context, title: string): Promise<Names> {
  const { app, name } = namesGiven(context);
  return {
    app: await chosen(context, app, "Application:", title),
    name: await chosen(context, name, "Component:", "web"),
  };
}
/** So that the folder knows by itself what it is from now on. */
async function keepNames({ options, project, output }: Context, folder: string, { app, name }: Names): Promise<void> {
  if (project || options.component || (options.app && options.name) || !(await stat(folder)).isDirectory()) return;
  const file = await writeProject(resolve(folder), app, name);
  output.note(`${file} names it: in this folder, pluvia deploy sends what changed.`);
}

export async function create(from: Context, options: CreateOptions, [folder]: string[]): Promise<void> {
  // A folder says by its own pluvia.json what it is.
  const context = folder === undefined ? from : { ...from, project: await readProject(resolve(folder)) };
  const title = titleOf(folder, options);
  if (title === undefined) throw unnamed();
  const names = await namesOf(context, title);
  const { app, name } = names;
  await assertSound(app, name, options);
  const source = await sourceOf(context, folder, options);
  if (!source) throw unnamed();
  const dataCenter = await dataCenterAsked(context, options.dataCenter);
  const check = await checked(context, source, { ...options, dataCenter });
  const proposal = check?.proposal ?? null;
  await confirmOnTerminal(context, `This creates ${app}/${name}${options.deploy === false ? "" : " and deploys it"}.`);
  const variables = await variablesOf(context, proposal, options);
  const credential = await credentialOf(options);
  const { application, isNew } = await ensureApplication(context, app);
  const language = options.language as Create["language"];
  const body: Create = {
    name,
    source,
    configuration: configurationOf(proposal, options),
    variables,
    ...(credential && { credential }),
    ...(language && { language }),
    ...(dataCenter && { dataCenter }),
  };
  const component = await context.client
    .componentCreate({ params: { application: application.id }, body })
    .catch(async (error: unknown) => {
      if (isNew) await unmake(context, application, error);
      throw error;
    });
  if (folder !== undefined) await keepNames(context, folder, names);
  if (options.deploy === false || source.kind === "push") {
    context.output.result(
      componentRow(component, app),
      `${app}/${name} is created.${component.repositoryUrl ? ` Push to it: git push ${component.repositoryUrl} HEAD:main` : " Deploy it with: pluvia deploy"}`,
    );
    return;
  }
  await conclude(context, app, await context.client.componentDeploy({ params: { component: component.id }, body: {} }));
}
