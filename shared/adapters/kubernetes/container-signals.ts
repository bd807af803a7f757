import { stripVTControlCharacters } from "node:util";
import type { Signal } from "../../domain/advice.ts";
import { appOf, isOutOfMemory, isReady, lastEndOf } from "./pod.ts";
import { isOfOtherPlatform, pullSignal } from "../../domain/pull-failure.ts";
import { bytesOf } from "./quantity.ts";
import { type ClusterEvent, type Container, type ContainerStatus, msOf, type Pod, type Terminated } from "./shapes.ts";

/** A container that ended within this time of its start ended "at once". */
const quickMs = 10_000;
/** Restarts of an instance that is ready again which are worth telling. */
const restartsTold = 3;
const mib = 2 ** 20;

const cleaned = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/[^\P{C}\n\t]/gu, "")
    .trim();
const lastLinesOf = (end: Terminated | undefined): string =>
  cleaned(end?.message ?? "")
    .split("\n")
    .slice(-20)
    .join("\n")
    .slice(-2_000);

/** Runtimes say it in their own words; the cause is the same in all of them. */
const notFound = /exec: "([^"]+)"|stat ([^\s:]+): no such file/;
const unstartable = /executable file not found|no such file or directory|permission denied/;

/** Why an image does not come. `told`: the words that a person is told. */
function imageSignal(image: string, reason: string, { said, told }: { said: string; told: string }): Signal {
  const signal = pullSignal(image, said, cleaned(told));
  if (reason === "InvalidImageName") return { ...signal, code: "image.invalid-name" };
  if (reason === "ErrImageNeverPull") return { ...signal, code: "image.not-on-node" };
  return signal;
}
const imageReasons = new Set([
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "ErrImageNeverPull",
  "ImageInspectError",
  "RegistryUnavailable",
]);
/** These cannot get better without another release. */
const hopelessReasons = new Set(["InvalidImageName", "ErrImageNeverPull"]);

interface Place {
  readonly pod: Pod;
  readonly spec: Container;
  readonly status: ContainerStatus;
  readonly events: readonly ClusterEvent[];
}

/** `ImagePullBackOff` no longer says why; the event of the last attempt does. */
const pullMessage = ({ events, status }: Place): string =>
  events.findLast((e) => e.reason === "Failed" && /Failed to pull image/.test(e.message ?? ""))?.message ??
  status.state?.waiting?.message ??
  "";

function startSignal(spec: Container, message: string): Signal {
  const found = notFound.exec(message);
  if (unstartable.test(message) && found)
    return {
      code: "command.not-found",
      detail: { command: found[1] ?? found[2] ?? "", message: cleaned(message).slice(0, 500) },
    };
  if (/runAsNonRoot|non-numeric user/.test(message)) return { code: "image.root", detail: { image: spec.image } };
  return { code: "container.unstartable", detail: { message: cleaned(message).slice(0, 500) } };
}

function waitingSignals(place: Place): Signal[] {
  const { reason = "", message = "" } = place.status.state?.waiting ?? {};
  const told = pullMessage(place);
  if (imageReasons.has(reason)) return [imageSignal(place.spec.image, reason, { said: `${told} ${message}`, told })];
  if (/^(RunContainerError|CreateContainerError|CreateContainerConfigError|PostStartHookError)$/.test(reason))
    return [startSignal(place.spec, message)];
  return [];
}

const isQuick = (end: Terminated): boolean => (msOf(end.finishedAt) ?? 0) - (msOf(end.startedAt) ?? 0) < quickMs;

function endSignals({ pod, spec, status }: Place): Signal[] {
  const end = lastEndOf(status);
  if (!end) return [];
  if (isOutOfMemory(end))
    return [{ code: "killed.memory", detail: { limitMib: Math.round(bytesOf(spec.resources?.limits?.["memory"]) / mib) } }];
  if (end.exitCode !== 0 && isOfOtherPlatform(end.message ?? ""))
    return [{ code: "image.platform", detail: { image: spec.image } }];
  // The runtime could not start it: its message is no output of the program.
  if (end.exitCode >= 126 && /OCI runtime|failed to (create|start) container/.test(end.message ?? ""))
    return [startSignal(spec, end.message ?? "")];
  if (isReady(pod) && status.restartCount < restartsTold) return [];
  const detail = { code: end.exitCode, lastLines: lastLinesOf(end) };
  const restarts = status.restartCount >= restartsTold ? { restarts: status.restartCount } : {};
  return [{ code: isQuick(end) && !isReady(pod) ? "exit.at-once" : "exit.repeated", detail: { ...detail, ...restarts } }];
}

/** The words of the kubelet for the answer of a probe. */
function probeSignal(message: string, path: string, port: number | undefined): Signal | undefined {
  const status = /statuscode: (\d+)/.exec(message)?.[1];
  if (status) return { code: "health.status", detail: { path, status: Number(status) } };
  if (/connection refused/.test(message)) return { code: "health.refused", detail: port === undefined ? {} : { port } };
  if (/(deadline exceeded|timeout|timed out)/i.test(message)) return { code: "health.timeout", detail: { path } };
  return { code: "health.failed", detail: { message: cleaned(message).slice(0, 300) } };
}

/** The answer of the last probe that failed since the container was started, while the pod is not ready. */
function probeSignals({ pod, status, events }: Place, health: { path: string; port: number | undefined }): Signal[] {
  const started = msOf(status.state?.running?.startedAt);
  if (started === null || isReady(pod)) return [];
  // Times of events are whole seconds.
  const failed = events.findLast((e) => e.reason === "Unhealthy" && timeOf(e) >= started - 1_000);
  const signal = failed && probeSignal(failed.message ?? "", health.path, health.port);
  return signal ? [signal] : [];
}

/** When an event happened the last time, ms. */
export const timeOf = (e: ClusterEvent): number =>
  msOf(e.lastTimestamp) ?? msOf(e.eventTime) ?? msOf(e.metadata.creationTimestamp) ?? 0;

const placesIn = (
  pod: Pod,
  statuses: readonly ContainerStatus[],
  specs: readonly Container[],
  events: readonly ClusterEvent[],
): Place[] =>
  statuses.flatMap((status) => {
    const spec = specs.find((s) => s.name === status.name);
    return spec ? [{ pod, spec, status, events }] : [];
  });

/** An attachment's trouble names it: the component's own log would say nothing of it. */
const ofAttachment = (name: string, signals: readonly Signal[]): Signal[] =>
  signals.map((s) =>
    s.code === "exit.at-once" || s.code === "exit.repeated"
      ? { code: "attachment.ended", detail: { ...s.detail, attachment: name } }
      : s,
  );

/** What is wrong with the containers of one pod. `events`: of this pod, oldest first. */
export function containerSignals(
  pod: Pod,
  events: readonly ClusterEvent[],
  health: { readonly path: string; readonly port: number | undefined },
): Signal[] {
  const app = appOf(pod);
  const all = [
    ...placesIn(pod, pod.status?.initContainerStatuses ?? [], pod.spec.initContainers ?? [], events),
    ...placesIn(pod, pod.status?.containerStatuses ?? [], pod.spec.containers, events),
  ];
  return all.flatMap((place) => {
    const isApp = place.status === app;
    const isDone = place.status.state?.terminated?.exitCode === 0;
    if (!isApp && isDone) return [];
    const found = [...waitingSignals(place), ...endSignals(place)];
    return isApp ? [...found, ...probeSignals(place, health)] : ofAttachment(place.status.name, found);
  });
}

/** No waiting helps: another release is needed. */
export const isHopeless = (pod: Pod): boolean =>
  [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].some((c) =>
    hopelessReasons.has(c.state?.waiting?.reason ?? ""),
  );
