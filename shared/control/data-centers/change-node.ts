import { conflict, Fault, notFound } from "../../base/fault.ts";
import type { NodeTaskReport } from "../../contract/agent.ts";
import type { AgentId, DataCenterId, OperationId } from "../../contract/id.ts";
import type { NodeChange, NodeTask, ReportedNode } from "../../contract/data-center.ts";
import type { Operation } from "../../contract/operation.ts";
import { adviceFor } from "../../domain/advice.ts";
import {
  nodeDeadline,
  nodeOperationOf,
  nodePatienceSeconds,
  nodeSteps,
  nodeTasksMax,
  objectionToNodeChanges,
  protectedNames,
} from "../../domain/node-change.ts";
import { assertTaintsSeen } from "../../domain/taints-seen.ts";
import { isFinished, type OperationEvent } from "../../domain/operation.ts";
import { actingCaller, systemCaller } from "../caller.ts";
import { type Caller, commit, onConflictRetry } from "../change.ts";
import { type DataCenterRecord, dataCenterNodes, dataCenters, keyOf, operationRows } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { viewDataCenter } from "../data-center-view.ts";
import { type Effects, noEffects, publish, together } from "../effects.ts";
import { movedOperation } from "../end-operation.ts";
import { forTeam } from "../tenant-scope.ts";
import { next, put, read } from "../entity.ts";
import { findOwnDataCenter } from "../find.ts";
import { newOperation } from "./operation.ts";

export interface NodeAsked {
  readonly dataCenter: DataCenterId;
  readonly node: string;
  readonly change: NodeChange;
}

/**
 * Asks something of a node. The agent hears of it with the next look at desired state, for which it is woken, and tells how it goes. Of a
 * node one thing is asked at a time; to uncordon it ends whatever else was.
 */
export const changeNode = (deps: Core, caller: Caller, asked: NodeAsked): Promise<Operation> =>
  onConflictRetry(deps, async () => {
    const { change, node } = asked;
    const record = await findOwnDataCenter(deps, caller, asked.dataCenter);
    const { taints } = await nodeIn(deps, record, node);
    assertAllowed(record, asked, deps.clock.now());
    const others = record.nodeTasks.filter((task) => task.node === node);
    const [other] = others;
    if (other && change.kind !== "uncordon") throw isBusy(node);
    assertTaintsSeen(node, taints, change);
    const ended = await Promise.all(others.map((task) => endedTask(deps, record, task, "superseded")));
    const { operation, ...begun } = newOperation(deps, caller, {
      kind: nodeOperationOf[change.kind],
      dataCenter: record.id,
      node,
      patienceSeconds: nodePatienceSeconds(change.kind),
    });
    const task: NodeTask = { operation: operation.id, node, change };
    const tasks = [...record.nodeTasks.filter((each) => each.node !== node), task];
    const audit = { subject: record.id, changes: [{ path: `nodes.${node}`, before: null, after: change }] };
    const kept = keptTasks(caller, record, tasks);
    return commit(deps, caller, { ...together(begun, ...ended, kept), audit }, operation);
  });

async function nodeIn(deps: Pick<Core, "table">, record: DataCenterRecord, name: string): Promise<ReportedNode> {
  const told = await read(deps.table, dataCenterNodes, keyOf.dataCenterNodes(record.id));
  const node = told?.agent === record.agent ? told?.nodes.find((each) => each.name === name) : undefined;
  if (!node) throw notFound("node", name);
  return node;
}

function assertAllowed(record: DataCenterRecord, { node, change }: NodeAsked, now: Date): void {
  const objection = objectionToNodeChanges(viewDataCenter(record, now));
  if (objection)
    throw new Fault("conflict", objection.message, {
      next: objection.next,
      reason: objection.code,
      params: objection.params,
    });
  const names = protectedNames(change).join(", ");
  if (names !== "")
    throw new Fault("invalid", `Kubernetes itself looks after ${names}.`, {
      next: "Choose a name of your own, such as example.org/zone.",
      reason: "node.own-names",
      params: { names },
    });
  if (record.nodeTasks.length >= nodeTasksMax)
    throw new Fault("throttled", `So much is being done with nodes of ${record.name} that ${node} has to wait.`, {
      next: "Ask again when some of it has ended.",
      reason: "node.too-many",
      params: { name: record.name, node },
    });
}

const isBusy = (node: string): Fault =>
  new Fault("conflict", `Something else is being done with ${node}.`, {
    next: "Wait for its end, or give it up.",
    reason: "node.busy",
    params: { node },
  });

/** The tasks as they are from now on; the agent is woken to hear of it. */
const keptTasks = ({ tenant }: Pick<Caller, "tenant">, record: DataCenterRecord, nodeTasks: readonly NodeTask[]): Effects => ({
  writes: [put(dataCenters, next(record, { nodeTasks: [...nodeTasks] }))],
  commands: [
    publish(tenant, "data-center", record.id),
    { kind: "wakeDataCenter", version: 1, tenant, dataCenter: record.id, cursor: null },
  ],
});

async function endedTask(
  deps: Pick<Core, "table" | "clock">,
  record: DataCenterRecord,
  { operation: id }: NodeTask,
  kind: "superseded" | "cancelled",
): Promise<Effects> {
  const operation = record.tenant && (await read(deps.table, operationRows, keyOf.operation(record.tenant, id)));
  return operation ? movedOperation(operation, { kind, at: deps.clock.now().toISOString() }) : noEffects;
}

/** Ends it here; the agent no longer finds its task. What was done of it stays: the node stays cordoned. */
async function endedChange(deps: Core, operation: Operation, event: OperationEvent): Promise<Effects & { operation: Operation }> {
  const record = operation.dataCenter && (await read(deps.table, dataCenters, keyOf.dataCenter(operation.dataCenter)));
  const ended = movedOperation(operation, event);
  if (!record?.nodeTasks.some((task) => task.operation === operation.id)) return ended;
  const rest = record.nodeTasks.filter((task) => task.operation !== operation.id);
  return { ...together(ended, keptTasks(operation, record, rest)), operation: ended.operation };
}

export async function cancelNodeChange(deps: Core, caller: Caller, operation: Operation): Promise<Operation> {
  if (isFinished(operation.state)) throw conflict("operation.ended", `This operation has ended already (${operation.state}).`);
  const ended = await endedChange(deps, operation, { kind: "cancelled", at: deps.clock.now().toISOString() });
  const audit = {
    subject: String(operation.dataCenter),
    changes: [{ path: `nodes.${operation.node}`, before: operation.kind, after: "cancelled" }],
  };
  return commit(deps, caller, { ...ended, audit }, ended.operation);
}

/** Before its deadline nothing happens, unless its data center is gone. */
export async function expireNodeChange(deps: Core, operation: Operation): Promise<void> {
  const now = deps.clock.now();
  const at = now.toISOString();
  const isGone = !(operation.dataCenter && (await read(deps.table, dataCenters, keyOf.dataCenter(operation.dataCenter))));
  if (!isGone && Date.parse(operation.deadline) > now.getTime()) return;
  const event: OperationEvent = isGone ? { kind: "cancelled", at } : { kind: "failed", failure: nodeDeadline(operation), at };
  const ended = await endedChange(deps, operation, event);
  await commit(deps, systemCaller(operation.tenant, "expireOperation"), ended, undefined);
}

function eventOf(operation: Operation, report: NodeTaskReport, at: string): OperationEvent {
  if (report.state === "succeeded") return { kind: "succeeded", at };
  if (report.state === "running") return { kind: "reported", steps: nodeSteps(operation, report, at), at };
  return { kind: "failed", failure: adviceFor(report.signal ?? { code: "node.refused", detail: {} }), at };
}

/** What the data center's agent tells of a task that it was given; of any other nothing is taken. */
export const acceptNodeTask = (
  deps: Core,
  agent: { readonly id: AgentId; readonly dataCenter: DataCenterId },
  report: NodeTaskReport,
): Promise<void> =>
  onConflictRetry(deps, async () => {
    const record = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
    const isAsked = record?.nodeTasks.some((task) => task.operation === report.operation);
    if (!record?.tenant || record.agent !== agent.id || !isAsked) return;
    const team = forTeam(deps, record.tenant);
    const operation = await read(team.table, operationRows, keyOf.operation(record.tenant, report.operation as OperationId));
    if (!operation) return;
    const event = eventOf(operation, report, deps.clock.now().toISOString());
    const caller = actingCaller(operation.tenant, operation.actor, "agentReport");
    const moved = event.kind === "reported" ? movedOperation(operation, event) : await endedChange(team, operation, event);
    await commit(team, caller, moved, undefined);
  });
