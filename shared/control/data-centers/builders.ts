import type { BuildTask, BuildTaskReport } from "../../contract/agent.ts";
import { type AgentId, BuildId, DataCenterId } from "../../contract/id.ts";
import { buildsHere } from "../../domain/data-center.ts";
import { placeOf } from "../../domain/movement.ts";
import type { BuilderState, BuildRunner } from "../../ports/build-runner.ts";
import { type OrderDeps, buildToken } from "../build-order.ts";
import { systemCaller } from "../caller.ts";
import { commit, onConflictRetry } from "../change.ts";
import { builds, components, type DataCenterRecord, dataCenters, keyOf } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { next, put, read } from "../entity.ts";
import { forTeam } from "../tenant-scope.ts";

type Tasks = DataCenterRecord["buildTasks"];
interface Place {
  readonly dataCenter: DataCenterId;
  readonly id: BuildId;
  readonly attempt: number;
}

const handleOf = ({ dataCenter, id, attempt }: Place): string => `${dataCenter}/${id}/${attempt}`;
/** null: a handle of the platform's own builders. */
function placeIn(handle: string): Place | null {
  const [dataCenter, id, attempt] = handle.split("/");
  const parsed = { dataCenter: DataCenterId.safeParse(dataCenter).data, id: BuildId.safeParse(id).data };
  return parsed.dataCenter && parsed.id ? { dataCenter: parsed.dataCenter, id: parsed.id, attempt: Number(attempt) } : null;
}

const isSame = (a: { id: BuildId; attempt: number }) => (b: { id: BuildId; attempt: number }) =>
  a.id === b.id && a.attempt === b.attempt;

/** Changes which builders are to run in a data center, and wakes its agent. */
const changeTasks = (deps: Core, dataCenter: DataCenterId, change: (tasks: Tasks) => Tasks): Promise<void> =>
  onConflictRetry(deps, async () => {
    const record = await read(deps.table, dataCenters, keyOf.dataCenter(dataCenter));
    if (!record?.tenant) return;
    const buildTasks = change(record.buildTasks);
    if (JSON.stringify(buildTasks) === JSON.stringify(record.buildTasks)) return;
    await commit(
      deps,
      systemCaller(record.tenant, "startBuild"),
      {
        writes: [put(dataCenters, next(record, { buildTasks }))],
        commands: [{ kind: "wakeDataCenter", version: 1, tenant: record.tenant, dataCenter, cursor: null }],
      },
      undefined,
    );
  });

type RunnerDeps = Core & { readonly buildRunner: BuildRunner };
type Order = Parameters<BuildRunner["start"]>[0];

async function placeFor({ table }: Pick<Core, "table">, order: Order): Promise<Place | null> {
  const id = BuildId.safeParse(order.id).data;
  const component = order.component && (await read(table, components, keyOf.component(order.tenant, order.component)));
  const record = component && (await read(table, dataCenters, keyOf.dataCenter(placeOf(component))));
  if (!id || !record || record.tenant !== order.tenant || record.agent === null || !buildsHere(record)) return null;
  return { dataCenter: record.id, id, attempt: order.attempt };
}

/**
 * Builders of a team's components run in the team's own data center where that builds, and with the platform otherwise. A builder in a data center
 * is a task of its agent, which makes it a job; all else it does by itself, as any builder. What follows is `BuildRunner`, wherever the builder is;
 * each a function of its own, as not every caller has the right to all.
 */
export async function startBuilder(deps: RunnerDeps, order: Order): Promise<string> {
  const place = await placeFor(deps, order);
  if (!place) return deps.buildRunner.start(order);
  const { id, attempt } = place;
  await changeTasks(deps, place.dataCenter, (tasks) =>
    tasks.some(isSame(place)) ? tasks : [...tasks.filter((task) => task.id !== id), { id, attempt, state: "running" }],
  );
  return handleOf(place);
}

export async function observeBuilder(deps: RunnerDeps, handle: string): Promise<BuilderState> {
  const place = placeIn(handle);
  if (!place) return deps.buildRunner.observe(handle);
  const record = await read(deps.table, dataCenters, keyOf.dataCenter(place.dataCenter));
  return record?.buildTasks.find(isSame(place))?.state ?? "lost";
}

export async function cancelBuilder(deps: RunnerDeps, handle: string): Promise<void> {
  const place = placeIn(handle);
  if (!place) return deps.buildRunner.cancel(handle);
  await changeTasks(deps, place.dataCenter, (tasks) => tasks.filter((task) => !isSame(place)(task)));
}

/** What the agent needs to begin each builder. */
export const buildTasksOf = (
  deps: Pick<OrderDeps, "tokens" | "buildLimits" | "settings">,
  { tenant, buildTasks }: Pick<DataCenterRecord, "tenant" | "buildTasks">,
): Promise<BuildTask[]> =>
  Promise.all(
    buildTasks
      .filter((task) => task.state === "running" && tenant !== null)
      .map(async ({ id, attempt }) => {
        const of = { id, tenant: tenant as NonNullable<typeof tenant> };
        const token = await buildToken(deps, of);
        return { ...of, attempt, cloudUrl: deps.settings.url, token, limits: { seconds: deps.buildLimits.seconds } };
      }),
  );

/** A builder ended, says the agent: forgotten when its build has, else kept for the sweep, which looks after builds whose builder is gone. */
export async function acceptBuildTask(
  deps: Core,
  agent: { readonly id: AgentId; readonly dataCenter: DataCenterId },
  report: BuildTaskReport,
): Promise<void> {
  const record = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
  if (!record?.tenant || record.agent !== agent.id) return;
  const team = forTeam(deps, record.tenant);
  const build = await read(team.table, builds, keyOf.build(record.tenant, report.id));
  const isOver = build === undefined || build.endedAt !== null;
  await changeTasks(team, agent.dataCenter, (tasks) =>
    tasks.flatMap((task) => {
      if (!isSame(report)(task)) return [task];
      return isOver ? [] : [{ ...task, state: report.state }];
    }),
  );
}
