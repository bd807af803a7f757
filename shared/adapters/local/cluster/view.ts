import type { Workload } from "../../../contract/agent.ts";
import type { ClusterInstance, ObservedWorkload } from "../../../ports/cluster.ts";
import type { Machine } from "./machine.ts";
import { type ComponentRecord, type InstanceRecord, revisionOf } from "./record.ts";
import { type Symptoms, signalsOf } from "./signals.ts";
import type { Progress, Why } from "../../../domain/timeline.ts";

export const isWanted = (w: Workload): boolean => w.wanted === "running" && w.configuration.replicas > 0;

const living: ReadonlySet<string> = new Set(["starting", "ready", "unhealthy", "waiting"]);

const unhealthy: Why = { code: "instance.unhealthy", message: "It does not get healthy." };
const whyOf = ({ message, code, params }: NonNullable<ComponentRecord["rejected"]>): Why => ({
  message,
  ...(code !== undefined && { code }),
  ...(params && { params }),
});

/** How far the workload applied last has come. */
export function progressOf(
  component: ComponentRecord,
  instances: readonly InstanceRecord[],
  phase: ObservedWorkload["phase"],
): Progress {
  const { workload, rejected } = component;
  const revision = revisionOf(workload);
  const good = instances.filter((i) => i.revision === revision && living.has(i.state));
  return {
    running: isWanted(workload),
    wanted: workload.configuration.replicas,
    prepared: good.filter((i) => i.ports.length > 0).length,
    started: good.filter((i) => i.firstStartedAt !== null).length,
    ready: good.filter((i) => i.state === "ready").length,
    leaving: instances.length - good.length,
    failure: rejected ? whyOf(rejected) : phase === "failed" ? unhealthy : null,
  };
}

/** The release that takes traffic: while two do, the one that has served as wanted. */
function servingOf(component: ComponentRecord, instances: readonly InstanceRecord[]): ObservedWorkload["serving"] {
  const ready = instances.filter((i) => i.state === "ready");
  const active = component.active && revisionOf(component.active);
  const newest = [...ready].sort((a, b) => b.releaseNumber - a.releaseNumber)[0];
  return (ready.find((i) => i.revision === active) ?? newest)?.release ?? null;
}

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function instanceOf(i: InstanceRecord, machine: Machine, node: string): ClusterInstance {
  const usage = i.process ? machine.usage(i) : null;
  const exit = i.lastExit;
  return {
    id: i.id,
    release: i.release,
    releaseNumber: i.releaseNumber,
    state: i.state,
    restarts: i.restarts,
    startedAt: timeOf(i.startedAt),
    lastExit: exit && {
      code: exit.code,
      signal: exit.signal,
      at: new Date(exit.at).toISOString(),
      outOfMemory: exit.outOfMemory,
    },
    memoryBytes: usage?.memoryBytes ?? null,
    cpuMillis: usage?.cpuMillis ?? null,
    node,
    endpoints: i.endpoints,
    logs: machine.logs(i),
  };
}

export interface Viewed {
  readonly component: ComponentRecord;
  readonly phase: ObservedWorkload["phase"];
  readonly symptoms: readonly Symptoms[];
  readonly ended: readonly InstanceRecord[];
  readonly machine: Machine;
  readonly node: string;
}

export function observedOf({ component, phase, symptoms, ended, machine, node }: Viewed): ObservedWorkload {
  const instances = symptoms.map((s) => s.record);
  const { workload } = component;
  return {
    component: workload.component,
    tenant: workload.tenant,
    generation: workload.generation,
    phase,
    serving: servingOf(component, instances),
    steps: component.steps,
    signals: signalsOf(component, symptoms),
    instances: instances.map((i) => instanceOf(i, machine, node)),
    endedLogs: ended.flatMap((i) => machine.logs(i).map((log) => ({ instance: i.id, ...log }))),
    workload,
  };
}
