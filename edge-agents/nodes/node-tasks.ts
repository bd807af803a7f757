import { type Fault, faultOf, isPassing } from "../../shared/base/fault.ts";
import type { NodeTaskReport } from "../../shared/contract/agent.ts";
import type { NodeTask } from "../../shared/contract/data-center.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Cluster } from "../../shared/ports/cluster.ts";
import { attend } from "../runtime/attend.ts";

export interface NodeTasksOptions {
  readonly cluster: Pick<Cluster, "changeNode">;
  /** Tells the platform how far it is. */
  readonly report: (tasks: readonly NodeTaskReport[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: (fields: object, message: string) => void;
}

/** A drain is looked at this often: instances take seconds to start elsewhere. */
const lookMs = 2_000;
const namesMax = 20;

/** What trying again mends only when somebody has done something. */
const finalReasons = ["node.taints-changed", "node.undrained"];

/** undefined: it is tried again. */
function signalOf({ code, message, reason, params }: Fault, node: string): NodeTaskReport["signal"] {
  if (reason !== undefined && finalReasons.includes(reason)) return { code: reason, detail: { ...params } };
  if (isPassing(code)) return undefined;
  return code === "not_found" ? { code: "node.gone", detail: { node } } : { code: "node.refused", detail: { message } };
}

/** Does what is asked of nodes, for as long as it is asked, and tells how it goes. Whoever comes to lead begins anew: all of it can be done twice. */
export function nodeTasks(options: NodeTasksOptions): { asked(tasks: readonly NodeTask[]): void; stop(): Promise<void> } {
  const { cluster, clock, log } = options;
  let tasks: readonly NodeTask[] = [];
  /** The newest that the platform took, by operation. */
  const told = new Map<string, string>();

  async function done({ operation, node, change }: NodeTask): Promise<NodeTaskReport | undefined> {
    try {
      const { done: isDone, left, blocked } = await cluster.changeNode(node, change);
      return { operation, state: isDone ? "succeeded" : "running", left, blocked: blocked.slice(0, namesMax) };
    } catch (error) {
      log({ error, node, change: change.kind }, "the node could not be changed");
      const signal = signalOf(faultOf(error), node);
      if (!signal) return undefined;
      return { operation, state: "failed", left: 0, blocked: [], signal };
    }
  }
  async function look(): Promise<void> {
    for (const task of tasks) {
      if (isOver(task)) continue;
      const report = await done(task);
      const news = JSON.stringify(report);
      // Given up meanwhile: whoever asked knows.
      if (!report || told.get(task.operation) === news || !tasks.includes(task)) continue;
      await options.report([report]);
      told.set(task.operation, news);
    }
  }
  const isOver = ({ operation }: NodeTask): boolean => {
    const last = told.get(operation);
    return last !== undefined && (JSON.parse(last) as NodeTaskReport).state !== "running";
  };
  const { wake, stop } = attend({
    look,
    isBusy: () => tasks.some((task) => !isOver(task)),
    everyMs: lookMs,
    failed: (error) => log({ error }, "how it goes with nodes could not be told; it is told again"),
    clock,
  });
  return {
    asked(now) {
      tasks = now;
      for (const operation of told.keys()) if (!now.some((task) => task.operation === operation)) told.delete(operation);
      if (now.length > 0) wake();
    },
    stop,
  };
}
