import { Fault } from "../../../shared/base/fault.ts";
import { allOf } from "../../../shared/client/pages.ts";
import type { CallInput } from "../../../shared/client/client.ts";
import type { DataCenter, JoinInstructions, Preflight } from "../../../shared/contract/data-center.ts";
import type { DataCenterId } from "../../../shared/contract/id.ts";
import type { Operation } from "../../../shared/contract/operation.ts";
import { updatesByHand } from "../../../shared/domain/data-center.ts";
import { ApiError } from "../../../shared/client/api-error.ts";
import type { Context } from "../context.ts";
import { otherNames } from "../did-you-mean.ts";
import { TimedOut } from "../failure.ts";
import { follow } from "../follow.ts";
import { type PlanOption, planText } from "../plan.ts";
import { confirmDestructive, confirmOnTerminal } from "../prompt.ts";
import { ago, bytes, inertLine } from "../text.ts";
import { timeoutMsOf } from "../timeout.ts";

const allDataCenters = ({ client }: Context): Promise<DataCenter[]> =>
  allOf((page) => client.dataCenterList({ query: { page } }));

/** What `--data-center` says; undefined: nothing. */
export const dataCenterAsked = async (context: Context, name: string | undefined): Promise<DataCenterId | undefined> =>
  name === undefined ? undefined : (await dataCenterNamed(context, name)).id;

/** By name or id. @throws Fault `not_found`. */
export async function dataCenterNamed(context: Context, name: string): Promise<DataCenter> {
  const all = await allDataCenters(context);
  const found = all.find((d) => d.id === name) ?? all.findLast((d) => d.name === name);
  if (found) return found;
  const names = all.map((d) => d.name);
  throw new Fault("not_found", `There is no data center "${name}" for this team.`, {
    next: otherNames(name, names, 'Join one with "pluvia data-centers join".'),
  });
}

export async function list(context: Context): Promise<void> {
  const all = await allDataCenters(context);
  context.output.rows(
    all,
    ["DATA CENTER", "KIND", "STATE", "AGENT", "INSTANCES", "MEMORY", "SEEN", "ID"],
    all.map((d) => [
      d.name,
      d.kind,
      stateText(d),
      `${d.agentVersion ?? ""}${d.agentUpdate ? ` (update: ${d.agentUpdate})` : ""}`,
      String(d.capacity?.instances ?? ""),
      d.capacity ? `${bytes(d.capacity.memoryBytesUsed)} of ${bytes(d.capacity.memoryBytes)}, ${ago(d.reportedAt)}` : "",
      ago(d.lastSeenAt),
      d.id,
    ]),
    "There is no data center.",
  );
  for (const d of all)
    for (const c of d.capabilities) if (!c.available) context.output.note(`${d.name}: ${c.name} is not available: ${c.message}`);
}

const stateText = (d: DataCenter): string => (d.cordoned ? `${d.state}, cordoned` : d.state);
const marks = { waiting: "·", running: "•", passed: "✓", warning: "!", failed: "✗" } as const;
const checkLine = (c: Preflight): string => inertLine(`${marks[c.state]} ${c.name}: ${c.message}${c.next ? ` ${c.next}` : ""}`);

function updateText(d: DataCenter): string {
  if (!d.agentUpdate) return "";
  return `, update available: ${d.agentUpdate}${updatesByHand(d) ? " (by helm upgrade: its chart says upgrades=manual)" : ""}`;
}

export async function show(context: Context, _options: object, [name = ""]: string[]): Promise<void> {
  const found = await dataCenterNamed(context, name);
  const here = (await allOf((page) => context.client.componentList({ query: { page, limit: 200 } }))).filter(
    (c) => c.dataCenter === found.id,
  );
  context.output.result(found, () =>
    [
      `${found.name} (${found.kind}) is ${stateText(found)}, heard of ${ago(found.lastSeenAt) || "never"}`,
      ...(found.agentVersion ? [`agent ${found.agentVersion}${updateText(found)}`] : []),
      ...(found.refusal ? [`turned away: ${inertLine(found.refusal.message)} ${inertLine(found.refusal.next)}`] : []),
      ...(found.preflight?.checks.map(checkLine) ?? []),
      `${here.length} components here${here.length > 0 ? `: ${here.map((c) => c.name).join(", ")}` : ""}`,
    ].join("\n"),
  );
}

const told = (join: JoinInstructions): string => `${join.commands.kubectl}\n\n# or\n${join.commands.helm}`;

export interface JoinOptions {
  readonly timeout?: string;
}
/** Makes the data center, or a new token for one that is there; standard output is the commands alone. */
export async function join(context: Context, options: JoinOptions, [name = ""]: string[]): Promise<void> {
  const { client, output, wait } = context;
  const known = (await allDataCenters(context)).find((d) => (d.name === name || d.id === name) && d.tenant !== null);
  const made = known
    ? await client.joinTokenCreate({ params: { dataCenter: known.id } })
    : await client.dataCenterCreate({ body: { name } });
  output.note(`Run one of these where kubectl reaches your cluster. The token in it is good once, until ${made.join.expiresAt}:`);
  output.result(made, told(made.join));
  if (wait) await followJoin(context, made.dataCenter, timeoutMsOf(options.timeout) ?? 24 * 3_600_000);
}

export async function token(context: Context, _options: object, [name = ""]: string[]): Promise<void> {
  const { id } = await dataCenterNamed(context, name);
  const made = await context.client.joinTokenCreate({ params: { dataCenter: id } });
  context.output.note(`The token in it is good once, until ${made.join.expiresAt}; the one before is dead:`);
  context.output.result(made, told(made.join));
}

const lookMs = 2_000;
/** Nothing can be told by an agent that has not registered: then its own log says why. */
const silentMs = 60_000;

/** What there is to say of a join that is under way. */
function joinLines(now: DataCenter, waitedMs: number): string[] {
  const found = (now.preflight?.checks ?? []).filter((c) => c.state !== "waiting").map(checkLine);
  const refused = now.refusal ? [`✗ turned away: ${inertLine(now.refusal.message)} ${inertLine(now.refusal.next)}`] : [];
  const isSilent = now.preflight === null && now.refusal === null && waitedMs > silentMs;
  const look =
    "Nothing was heard yet. Look at: kubectl -n pluvia-system get pods; kubectl -n pluvia-system logs deploy/pluvia-agents";
  return [...found, ...refused, ...(isSilent ? [look] : [])];
}

/** Says what the agent finds, as it finds it, until it is connected. @throws TimedOut after `ms`. */
async function followJoin({ client, output }: Context, { id, name, agent }: DataCenter, ms: number): Promise<void> {
  const said = new Set<string>();
  const began = Date.now();
  while (Date.now() - began <= ms) {
    const now = await client.dataCenterView({ params: { dataCenter: id } });
    for (const line of joinLines(now, Date.now() - began)) if (!said.has(line)) output.note(line);
    for (const line of joinLines(now, Date.now() - began)) said.add(line);
    if (now.state === "connected" && now.agent !== agent) return output.note(`${name} is connected.`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  throw new TimedOut(`${name} has not joined yet.`, `The command still works; see: pluvia data-centers show ${name}`);
}

export interface UpdateOptions {
  readonly timeout?: string;
}
/** At once, instead of at its turn; with --wait until its agents are of that version. */
export async function updateAgents(
  { client, output, wait, ...rest }: Context,
  options: UpdateOptions,
  [name = ""]: string[],
): Promise<void> {
  const { id } = await dataCenterNamed({ client, output, wait, ...rest }, name);
  const asked = await client.agentsUpdate({ params: { dataCenter: id } });
  if (asked.agentUpdate === null) return output.result(asked, `The agents of ${name} are of the newest version.`);
  output.result(asked, `The agents of ${name} bring themselves to ${asked.agentUpdate}; what runs there goes on.`);
  const began = Date.now();
  const ms = timeoutMsOf(options.timeout) ?? 15 * 60_000;
  while (wait) {
    const now = await client.dataCenterView({ params: { dataCenter: id } });
    if (now.agentUpdate === null) return output.note(`They are of version ${now.agentVersion} now.`);
    if (Date.now() - began > ms)
      throw new TimedOut(`The agents of ${name} are still ${now.agentVersion}.`, `See: pluvia data-centers show ${name}`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

export async function rename(context: Context, _options: object, [name = "", to = ""]: string[]): Promise<void> {
  const { id } = await dataCenterNamed(context, name);
  const renamed = await context.client.dataCenterUpdate({ params: { dataCenter: id }, body: { name: to } });
  context.output.result(renamed, `${name} is now ${renamed.name}.`);
}

type Planned = CallInput<"dataCenterPlan">["body"];
async function planned({ client, output }: Context, { id }: DataCenter, options: PlanOption, body: Planned): Promise<boolean> {
  if (!options.plan) return false;
  const plan = await client.dataCenterPlan({ params: { dataCenter: id }, body });
  output.result(plan, () => planText(plan));
  return true;
}

export async function cordon(context: Context, options: PlanOption, [name = ""]: string[]): Promise<void> {
  const found = await dataCenterNamed(context, name);
  if (await planned(context, found, options, { kind: "cordon" })) return;
  const after = await context.client.dataCenterCordon({ params: { dataCenter: found.id } });
  context.output.result(after, `${name} takes no new components; what runs there goes on.`);
}

export async function uncordon(context: Context, _options: object, [name = ""]: string[]): Promise<void> {
  const { id } = await dataCenterNamed(context, name);
  const after = await context.client.dataCenterUncordon({ params: { dataCenter: id } });
  context.output.result(after, `${name} takes new components again.`);
}

export async function revoke(context: Context, options: PlanOption, [name = ""]: string[]): Promise<void> {
  const found = await dataCenterNamed(context, name);
  if (await planned(context, found, options, { kind: "revoke" })) return;
  await confirmDestructive(
    context,
    `This ends the credential of ${name}'s agent at once; what runs there goes on, but cannot be changed.`,
  );
  const after = await context.client.dataCenterRevoke({ params: { dataCenter: found.id } });
  context.output.result(after, `The agent of ${name} is revoked. Let another take over with: pluvia data-centers join ${name}`);
}

export interface DrainOptions extends PlanOption {
  readonly to: string;
  readonly leaveData?: boolean;
  readonly timeout?: string;
}
export async function drain(context: Context, options: DrainOptions, [name = ""]: string[]): Promise<void> {
  const [found, to] = await Promise.all([dataCenterNamed(context, name), dataCenterNamed(context, options.to)]);
  const how = { to: to.id, leaveData: options.leaveData ?? false };
  if (await planned(context, found, options, { kind: "drain", ...how })) return;
  const what = `This moves everything in ${name} to ${to.name}.`;
  if (how.leaveData) await confirmDestructive(context, `${what} Data in volumes stays behind and is removed.`);
  else await confirmOnTerminal(context, what);
  const operation = await context.client.dataCenterDrain({ params: { dataCenter: found.id }, body: how });
  await concluded(context, operation, `${name} is drained to ${to.name}.`);
}

export interface LeaveOptions extends PlanOption {
  readonly keep?: boolean;
  readonly timeout?: string;
}
export async function leave(context: Context, options: LeaveOptions, [name = ""]: string[]): Promise<void> {
  const found = await dataCenterNamed(context, name);
  const keep = options.keep ?? false;
  if (await planned(context, found, options, { kind: "leave", keep })) return;
  const what = keep ? "What runs there goes on, unmanaged" : "Everything of this team is removed there first";
  await confirmDestructive(context, `This gives ${name} up, and its components with it. ${what}.`);
  const operation = await context.client.dataCenterLeave({ params: { dataCenter: found.id }, body: { keep } });
  await concluded(
    context,
    operation,
    `${name} is given up. Remove the agents there with: helm uninstall pluvia-agents -n pluvia-system\nor, where kubectl joined it: kubectl delete namespace pluvia-system`,
  );
}

export async function concluded(context: Context, operation: Operation, done: string): Promise<void> {
  const { output, wait } = context;
  if (!wait) {
    output.result(
      operation,
      `The ${operation.kind} began: operation ${operation.id}. Follow it with --wait, or: pluvia operations ${operation.id}`,
    );
    return;
  }
  const ended = await follow(context, operation);
  if (ended.state === "succeeded") return output.result(ended, done);
  const { code = "internal", message = `The ${ended.kind} ended as ${ended.state}.`, next = "" } = ended.failure ?? {};
  throw new ApiError("conflict", message, { next, status: 200, operation: ended.id, detail: { code } });
}
