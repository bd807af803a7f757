import type { BuilderWait, BuildTask, BuildTaskReport } from "../../contract/agent.ts";
import { type AgentId, BuildId, CheckId, DataCenterId, type TenantId } from "../../contract/id.ts";
import { buildsHere } from "../../domain/data-center.ts";
import { placeOf } from "../../domain/movement.ts";
import type { BuilderState, BuildRunner } from "../../ports/build-runner.ts";
import { buildOrder, type OrderDeps, buildToken } from "../build-order.ts";
import { systemCaller } from "../caller.ts";
import { commit, onConflictRetry } from "../change.ts";
import {
  type BuildRecord,
  builds,
  type CheckRecord,
  checks,
  components,
  type DataCenterRecord,
  dataCenters,
  keyOf,
} from "../component-tables.ts";
import type { Core } from "../core.ts";
import { next, put, read } from "../entity.ts";
import { forTeam } from "../tenant-scope.ts";

/** Of a build, or of a check. */
type BuilderId = BuildTask["id"];
type Tasks = DataCenterRecord["buildTasks"];
/** `attempt` names one life of a builder. */
interface Place {
  readonly dataCenter: DataCenterId;
  readonly id: BuilderId;
  readonly attempt: number;
}

const handleOf = ({ dataCenter, id, attempt }: Place): string => `${dataCenter}/${id}/${attempt}`;
/** null: a handle of the platform's own builders. */
function placeIn(handle: string): Place | null {
  const [dataCenter, id, attempt] = handle.split("/");
  const parsed = { dataCenter: DataCenterId.safeParse(dataCenter).data, id: BuildId.or(CheckId).safeParse(id).data };
  return parsed.dataCenter && parsed.id ? { dataCenter: parsed.dataCenter, id: parsed.id, attempt: Number(attempt) } : null;
}

const isSame = (a: { id: BuilderId; attempt: number }) => (b: { id: BuilderId; attempt: number }) =>
  a.id === b.id && a.attempt === b.attempt;
const checkOf = (id: BuilderId): CheckId | undefined => CheckId.safeParse(id).data;
const listOf = (id: BuilderId) => (checkOf(id) ? "checkTasks" : "buildTasks");

/** Changes which builders are to run in a data center, and wakes its agent. */
const changeTasks = (deps: Core, at: Pick<Place, "dataCenter" | "id">, change: (tasks: Tasks) => Tasks): Promise<void> =>
  onConflictRetry(deps, async () => {
    const { dataCenter } = at;
    const record = await read(deps.table, dataCenters, keyOf.dataCenter(dataCenter));
    if (!record?.tenant) return;
    const list = listOf(at.id);
    const tasks = change(record[list]);
    if (JSON.stringify(tasks) === JSON.stringify(record[list])) return;
    await commit(
      deps,
      systemCaller(record.tenant, "startBuild"),
      {
        writes: [put(dataCenters, next(record, { [list]: tasks }))],
        commands: [{ kind: "wakeDataCenter", version: 1, tenant: record.tenant, dataCenter, cursor: null }],
      },
      undefined,
    );
  });

type RunnerDeps = OrderDeps & { readonly buildRunner: BuildRunner };

/** Of a check it was decided when it was asked for; a build goes with its component. */
async function placeFor({ table }: Pick<Core, "table">, of: BuildRecord | CheckRecord): Promise<Place | null> {
  const { id, attempt, tenant } = of;
  if (!("component" in of)) return of.dataCenter && { dataCenter: of.dataCenter, id, attempt };
  const component = await read(table, components, keyOf.component(tenant, of.component));
  const record = component && (await read(table, dataCenters, keyOf.dataCenter(placeOf(component))));
  return record && isOurs(record, tenant) && buildsHere(record) ? { dataCenter: record.id, id, attempt } : null;
}
/** Builders of a team run in no data center of others, and in none that has no agent. */
export const isOurs = (record: Pick<DataCenterRecord, "tenant" | "agent">, tenant: TenantId): boolean =>
  record.tenant === tenant && record.agent !== null;

/**
 * Builders of a team run in the team's own data center where that builds, and with the platform otherwise. A builder in a data center is a task of
 * its agent, which makes it a job; all else it does by itself, as any builder. What follows is `BuildRunner`, wherever the builder is; each a
 * function of its own, as not every caller has the right to all.
 */
export async function startBuilder(deps: RunnerDeps, of: BuildRecord | CheckRecord): Promise<string> {
  const place = await placeFor(deps, of);
  if (!place) return deps.buildRunner.start(await buildOrder(deps, of));
  const { id, attempt } = place;
  await changeTasks(deps, place, (tasks) =>
    tasks.some(isSame(place)) ? tasks : [...tasks.filter((task) => task.id !== id), { id, attempt, state: "running" }],
  );
  return handleOf(place);
}

type LookDeps = Core & { readonly buildRunner: BuildRunner };

export async function observeBuilder(deps: LookDeps, handle: string): Promise<BuilderState> {
  const place = placeIn(handle);
  if (!place) return deps.buildRunner.observe(handle);
  const record = await read(deps.table, dataCenters, keyOf.dataCenter(place.dataCenter));
  const task = record?.[listOf(place.id)].find(isSame(place));
  if (task?.failure) return { failure: task.failure };
  return task?.state === "running" && task.waiting ? { waiting: task.waiting } : (task?.state ?? "lost");
}

export async function cancelBuilder(deps: LookDeps, handle: string): Promise<void> {
  const place = placeIn(handle);
  if (!place) return deps.buildRunner.cancel(handle);
  await changeTasks(deps, place, (tasks) => tasks.filter((task) => !isSame(place)(task)));
}

/** What the agent needs to begin each builder. */
export const builderTasksOf = (
  deps: Pick<OrderDeps, "tokens" | "buildLimits" | "settings">,
  { tenant }: Pick<DataCenterRecord, "tenant">,
  tasks: Tasks,
): Promise<BuildTask[]> =>
  Promise.all(
    tasks
      .filter((task) => task.state === "running" && tenant !== null)
      .map(async ({ id, attempt }) => {
        const of = { id, tenant: tenant as NonNullable<typeof tenant>, attempt };
        const token = await buildToken(deps, of);
        return { ...of, cloudUrl: deps.settings.url, token, limits: { seconds: deps.buildLimits.seconds } };
      }),
  );

interface Reporter {
  readonly id: AgentId;
  readonly dataCenter: DataCenterId;
}

/** A builder ended, says the agent: forgotten when what it was for has, else kept for the sweep, which looks after those whose builder is gone. */
export async function acceptBuildTask(deps: Core, agent: Reporter, report: BuildTaskReport): Promise<void> {
  const record = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
  if (!record?.tenant || record.agent !== agent.id) return;
  const team = forTeam(deps, record.tenant);
  const isOver = await hasEnded(team, record.tenant, report.id);
  await changeTasks(team, { dataCenter: agent.dataCenter, id: report.id }, (tasks) =>
    tasks.flatMap((task) => {
      if (!isSame(report)(task)) return [task];
      return isOver ? [] : [{ ...task, state: report.state, ...(report.failure && { failure: report.failure }) }];
    }),
  );
}

/** Kept for the sweep, as its end is. Nobody is woken: nothing else is to be done there. */
export const acceptBuilderWait = (deps: Core, agent: Reporter, { waiting, ...of }: BuilderWait): Promise<void> =>
  onConflictRetry(deps, async () => {
    const record = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
    if (!record?.tenant || record.agent !== agent.id) return;
    const list = listOf(of.id);
    const tasks = record[list].map(({ waiting: _before, ...task }) =>
      isSame(of)(task) && waiting.length > 0 ? { ...task, waiting } : task,
    );
    if (JSON.stringify(tasks) === JSON.stringify(record[list])) return;
    await forTeam(deps, record.tenant).table.transact([put(dataCenters, next(record, { [list]: tasks }))]);
  });

async function hasEnded({ table }: Pick<Core, "table">, tenant: TenantId, id: BuilderId): Promise<boolean> {
  const check = checkOf(id);
  const of = check
    ? await read(table, checks, keyOf.check(tenant, check))
    : await read(table, builds, keyOf.build(tenant, BuildId.parse(id)));
  return of === undefined || of.endedAt !== null;
}
