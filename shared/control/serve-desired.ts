import { answerBytes, answerBytesMax } from "../base/answer-bytes.ts";
import type { DesiredChange, DesiredPage } from "../contract/agent.ts";
import type { DataCenterId } from "../contract/id.ts";
import { desiredDigest } from "../domain/desired-digest.ts";
import { valuesOf } from "../domain/release.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { OrderDeps } from "./build-order.ts";
import { builderTasksOf } from "./data-centers/builders.ts";
import { counters, dataCenters, desiredAfter, type DesiredRow, desiredRows, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { list, listAll, read } from "./entity.ts";
import { openVariables } from "./sealed-variables.ts";

/** A row has 400 KB: one alone is never too much for an answer. */
const pageMax = 100;

/**
 * Desired state after a cursor, in order. From 0 on, page by page to the end, it is everything there is: a change that comes
 * meanwhile moves to the end. Secrets are opened here, for the data center's own agent alone.
 */
export async function serveDesired(
  deps: Core & { secrets: Secrets } & Pick<OrderDeps, "tokens" | "buildLimits" | "settings">,
  asked: { readonly dataCenter: DataCenterId; readonly cursor: number; readonly digest?: string | undefined },
): Promise<DesiredPage> {
  const [page, record] = await Promise.all([
    pageOf(deps, asked),
    read(deps.table, dataCenters, keyOf.dataCenter(asked.dataCenter)),
  ]);
  return {
    ...page,
    nodeTasks: record?.nodeTasks ?? [],
    ...(record?.updateAsked && { agentUpdate: record.updateAsked }),
    buildTasks: record ? await builderTasksOf(deps, record, record.buildTasks) : [],
    checkTasks: record ? await builderTasksOf(deps, record, record.checkTasks) : [],
  };
}

type Asked = Parameters<typeof serveDesired>[1];
async function pageOf(deps: Core & { secrets: Secrets }, asked: Asked): Promise<DesiredPage> {
  const same = asked.digest === undefined || asked.cursor > 0 ? undefined : await sameAs(deps, asked.dataCenter, asked.digest);
  return same ?? changedSince(deps, asked);
}

async function changedSince(deps: Core & { secrets: Secrets }, asked: Asked): Promise<DesiredPage> {
  const { items } = await list(deps.table, desiredRows, { ...desiredAfter(asked.dataCenter, asked.cursor), limit: pageMax });
  const changes: DesiredChange[] = [];
  let bytes = 0;
  for (const row of items) {
    const change = await opened(deps, row);
    bytes += answerBytes(change);
    if (bytes > answerBytesMax && changes.length > 0) break;
    changes.push(change);
  }
  const cursor = changes.at(-1)?.sequence ?? asked.cursor;
  const more = changes.length < items.length || items.length === pageMax;
  return { version: 1, changes, cursor, complete: asked.cursor === 0, more };
}

/** What it would take to send everything is not done for somebody who has it: no secret is opened. */
async function sameAs(deps: Pick<Core, "table">, dataCenter: DataCenterId, digest: string): Promise<DesiredPage | undefined> {
  const rows = await listAll(deps.table, desiredRows, desiredAfter(dataCenter, 0));
  if ((await desiredDigest(rows)) !== digest) return undefined;
  return { version: 1, changes: [], cursor: rows.at(-1)?.sequence ?? 0, complete: true, more: false, same: true };
}

async function opened(deps: { secrets: Secrets }, row: DesiredRow): Promise<DesiredChange> {
  const { tenant, component, generation, sequence, workload, trace } = row;
  const change = { tenant, component, generation, sequence, ...(trace !== undefined && { trace }) };
  if (workload === null) return { ...change, workload };
  const variables = valuesOf(await openVariables(deps, tenant, row.sealed));
  return { ...change, workload: { ...workload, variables } };
}

export const newestSequence = async (deps: Pick<Core, "table">, dataCenter: DataCenterId): Promise<number> =>
  (await read(deps.table, counters, keyOf.counter(dataCenter)))?.sequence ?? 0;
