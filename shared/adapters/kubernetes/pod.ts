import type { Instance, InstanceState } from "../../contract/component.ts";
import { ReleaseId } from "../../contract/id.ts";
import { type ContainerStatus, conditionOf, isTrue, msOf, type Pod, type Terminated } from "./shapes.ts";

/** The component's own container comes first; attachments follow. */
export const appOf = (pod: Pod): ContainerStatus | undefined => {
  const name = pod.spec.containers[0]?.name;
  return pod.status?.containerStatuses?.find((c) => c.name === name);
};

export const isReady = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined && isTrue(conditionOf(pod, "Ready"));
export const isOver = (pod: Pod): boolean => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
export const isLeaving = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** On its way out, with nothing of it running any more: only its object is still there. */
export const isGone = (pod: Pod): boolean => {
  const containers = pod.status?.containerStatuses ?? [];
  return isLeaving(pod) && containers.length > 0 && containers.every((c) => c.state?.terminated !== undefined);
};

/** How its container ended the last time; undefined when it never did. */
export const lastEndOf = (c: ContainerStatus | undefined): Terminated | undefined =>
  c?.state?.terminated ?? c?.lastState?.terminated;

/** Ready once, and no more: it stopped being ready after its container was started. */
function wasReady(pod: Pod, app: ContainerStatus): boolean {
  const since = msOf(conditionOf(pod, "Ready")?.lastTransitionTime);
  const started = msOf(app.state?.running?.startedAt);
  return since !== null && started !== null && since > started;
}

export function stateOf(pod: Pod): InstanceState {
  if (isLeaving(pod)) return "stopping";
  if (isOver(pod)) return "exited";
  if (isReady(pod)) return "ready";
  const app = appOf(pod);
  if (app?.state?.waiting?.reason === "CrashLoopBackOff" || app?.state?.terminated) return "waiting";
  return app && wasReady(pod, app) ? "unhealthy" : "starting";
}

/** When its program was first started, ms; null when it never was. After more than one restart only about when. */
export function firstStartOf(pod: Pod): number | null {
  const app = appOf(pod);
  return msOf(lastEndOf(app)?.startedAt) ?? msOf(app?.state?.running?.startedAt);
}

/** Ended because of its memory limit; Kubernetes tells the exit code of SIGKILL, and why. */
export const isOutOfMemory = (end: Terminated | undefined): boolean => end?.reason === "OOMKilled";

const signalNames: Readonly<Record<number, string>> = {
  1: "SIGHUP",
  2: "SIGINT",
  6: "SIGABRT",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};

/** A container that ended by a signal exits with 128 and the signal's number. */
function exitOf(end: Terminated | undefined, now: string): Instance["lastExit"] {
  if (!end) return null;
  const signal = end.signal ? end.signal : end.exitCode > 128 ? end.exitCode - 128 : 0;
  const name = signalNames[signal];
  return {
    code: name === undefined ? end.exitCode : null,
    signal: name ?? null,
    at: end.finishedAt ? new Date(end.finishedAt).toISOString() : now,
    outOfMemory: isOutOfMemory(end),
  };
}

export interface PodLabels {
  readonly release: string;
  readonly releaseNumber: string;
}
export interface Usage {
  readonly memoryBytes: number;
  readonly cpuMillis: number;
}

/** A pod as an instance; null when it says of no release that it is of it. `now`: ISO time, for what has no time of its own. */
export function instanceOf(pod: Pod, labels: PodLabels, usage: Usage | undefined, now: string): Instance | null {
  const release = ReleaseId.safeParse(pod.metadata.labels?.[labels.release]);
  if (!release.success) return null;
  const app = appOf(pod);
  const started = (app?.state?.running ?? (isOver(pod) ? app?.state?.terminated : undefined))?.startedAt;
  return {
    id: pod.metadata.name,
    release: release.data,
    releaseNumber: Number(pod.metadata.labels?.[labels.releaseNumber] ?? 0),
    state: stateOf(pod),
    restarts: app?.restartCount ?? 0,
    startedAt: started ? new Date(started).toISOString() : null,
    lastExit: exitOf(lastEndOf(app), now),
    memoryBytes: usage?.memoryBytes ?? null,
    cpuMillis: usage?.cpuMillis ?? null,
    node: pod.spec.nodeName ?? "",
  };
}

/** Where each port answers: at the pod's own address, which is known once its network is up. */
export const endpointsOf = (pod: Pod, ports: readonly number[]): { port: number; host: string; hostPort: number }[] => {
  const host = pod.status?.podIP;
  const own = pod.spec.containers[0]?.ports?.map((p) => p.containerPort);
  return host === undefined ? [] : (own ?? ports).map((port) => ({ port, host, hostPort: port }));
};
