import type { Signal } from "../../domain/advice.ts";
import { bytesOf, millisOf } from "./quantity.ts";
import { type Claim, type ClusterEvent, conditionOf, isTrue, type Node, type Pod, type Quantities } from "./shapes.ts";

export interface Room {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** What is set aside for a pod: its containers together, or its largest init container when that is more. */
export function requestsOf(pod: Pod): Room {
  const of = (requests: Quantities | undefined): Room => ({
    cpuMillis: millisOf(requests?.["cpu"]),
    memoryBytes: bytesOf(requests?.["memory"]),
    diskBytes: bytesOf(requests?.["ephemeral-storage"]),
  });
  const all = pod.spec.containers.map((c) => of(c.resources?.requests));
  const before = (pod.spec.initContainers ?? []).map((c) => of(c.resources?.requests));
  return {
    cpuMillis: Math.max(sum(all.map((r) => r.cpuMillis)), ...before.map((r) => r.cpuMillis)),
    memoryBytes: Math.max(sum(all.map((r) => r.memoryBytes)), ...before.map((r) => r.memoryBytes)),
    diskBytes: Math.max(sum(all.map((r) => r.diskBytes)), ...before.map((r) => r.diskBytes)),
  };
}
export const allocatableOf = (node: Node): Room => ({
  cpuMillis: millisOf(node.status?.allocatable?.["cpu"]),
  memoryBytes: bytesOf(node.status?.allocatable?.["memory"]),
  diskBytes: bytesOf(node.status?.allocatable?.["ephemeral-storage"]),
});
export const isUsable = (node: Node): boolean => node.spec?.unschedulable !== true && isTrue(conditionOf(node, "Ready"));

/** What is free on the node that has most of it, by the requests of the pods that are known. */
function mostFree(nodes: readonly Node[], pods: readonly Pod[], of: (room: Room) => number): number {
  const free = nodes.filter(isUsable).map((node) => {
    const there = pods.filter(
      (p) => p.spec.nodeName === node.metadata.name && p.status?.phase !== "Succeeded" && p.status?.phase !== "Failed",
    );
    return of(allocatableOf(node)) - sum(there.map((p) => of(requestsOf(p))));
  });
  return Math.max(0, ...free);
}

const mib = 2 ** 20;
const resources: readonly { code: string; word: RegExp; unit: number; of: (room: Room) => number }[] = [
  { code: "node.no-cpu", word: /Insufficient cpu/i, unit: 1, of: (r) => r.cpuMillis },
  { code: "node.no-memory", word: /Insufficient memory/i, unit: mib, of: (r) => r.memoryBytes },
  { code: "node.no-disk", word: /Insufficient ephemeral-storage/i, unit: mib, of: (r) => r.diskBytes },
];

interface Nodes {
  readonly nodes: readonly Node[];
  /** Every pod that is known, of whomever. */
  readonly pods: () => readonly Pod[];
}

/** Whoever else uses the nodes is not always known, nor always the nodes: then the sum would be wrong, and is left out. */
function shortOf(pod: Pod, world: Nodes, message: string): Signal[] {
  return resources.flatMap(({ code, word, unit, of }) => {
    if (!word.test(message)) return [];
    const wanted = Math.round(of(requestsOf(pod)) / unit);
    const free = Math.floor(mostFree(world.nodes, world.pods(), of) / unit);
    return [
      {
        code,
        detail: {
          wanted,
          nodes: world.nodes.filter(isUsable).length,
          ...(world.nodes.length > 0 && free < wanted && { free, short: wanted - free }),
        },
      },
    ];
  });
}

/** Why the scheduler finds no node, by its own words: `0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had taint …`. */
export function scheduleSignals(pod: Pod, world: Nodes): Signal[] {
  const condition = conditionOf(pod, "PodScheduled");
  if (condition?.status !== "False") return [];
  const message = condition.message ?? "";
  const claims = /persistentvolumeclaim|unbound immediate/i.test(message);
  const found = [
    ...shortOf(pod, world, message),
    ...(/node selector|node affinity|nodeSelector/i.test(message) ? [{ code: "node.no-match", detail: {} }] : []),
    ...(/Too many pods/i.test(message) ? [{ code: "node.full", detail: {} }] : []),
    ...(/volume node affinity|volume zone/i.test(message) ? [{ code: "volume.elsewhere", detail: {} }] : []),
  ];
  if (found.length > 0 || claims) return found;
  return [{ code: "node.none", detail: { message: message.slice(0, 500) } }];
}

const afterColon = (message: string): string => message.replace(/\s+/g, " ").slice(0, 300);

function mountSignals(pod: Pod, events: readonly ClusterEvent[]): Signal[] {
  if (pod.status?.phase !== "Pending") return [];
  const failed = events.findLast((e) => e.reason === "FailedMount" || e.reason === "FailedAttachVolume");
  if (!failed) return [];
  const volume = /volume "([^"]+)"/.exec(failed.message ?? "")?.[1];
  const detail = { message: afterColon(failed.message ?? ""), ...(volume && { volume }) };
  return [{ code: failed.reason === "FailedMount" ? "volume.not-mounted" : "volume.not-attached", detail }];
}

/** Claims of the pod that got no storage. */
function claimSignals(pod: Pod, world: World): Signal[] {
  const names = (pod.spec.volumes ?? []).flatMap((v) => v.persistentVolumeClaim?.claimName ?? []);
  const pending = world.claims.filter((c) => names.includes(c.metadata.name) && c.status?.phase === "Pending");
  return pending.flatMap((claim) => {
    const why = world.eventsOf(claim.metadata.name).findLast((e) => e.reason === "ProvisioningFailed");
    const message = afterColon(why?.message ?? "");
    const detail = { claim: claim.metadata.name, storageClass: claim.spec.storageClassName ?? "" };
    // Where there is a default class, a claim without one gets it when it is made.
    if (detail.storageClass === "") return [{ code: "volume.no-default-class", detail: { claim: detail.claim } }];
    if (/storageclass\S* "[^"]*" not found/i.test(message)) return [{ code: "volume.no-class", detail }];
    return why || !isTrue(conditionOf(pod, "PodScheduled")) ? [{ code: "volume.pending", detail: { ...detail, message } }] : [];
  });
}

/** Told as long as the cluster remembers the event (an hour): the pod itself may lie there for days. */
function evictionSignals(pod: Pod, events: readonly ClusterEvent[]): Signal[] {
  if (pod.status?.reason !== "Evicted" || !events.some((e) => e.reason === "Evicted")) return [];
  return [{ code: "instance.evicted", detail: { node: pod.spec.nodeName ?? "", message: afterColon(pod.status.message ?? "") } }];
}
function nodeSignals(pod: Pod, world: World): Signal[] {
  const name = pod.spec.nodeName;
  const node = world.nodes.find((n) => n.metadata.name === name);
  if (name === undefined || world.nodes.length === 0 || (node && isTrue(conditionOf(node, "Ready")))) return [];
  return [{ code: "node.lost", detail: { node: name } }];
}

/** What of the cluster around a pod is needed to say why it does not run. */
export interface World extends Nodes {
  readonly claims: readonly Claim[];
  /** About the object of this name, oldest first. */
  readonly eventsOf: (name: string) => readonly ClusterEvent[];
}

export const placeSignals = (pod: Pod, world: World): Signal[] => [
  ...evictionSignals(pod, world.eventsOf(pod.metadata.name)),
  ...(pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded"
    ? []
    : [
        ...nodeSignals(pod, world),
        ...scheduleSignals(pod, world),
        ...claimSignals(pod, world),
        ...mountSignals(pod, world.eventsOf(pod.metadata.name)),
      ]),
];

/** Why no pod could be made at all: a quota, or something that refuses pods. */
export function refusalSignals(message: string): Signal[] {
  const quota = /exceeded quota: ([^,]+), requested: (.+), used: (.+), limited: (.+)$/.exec(message);
  if (quota) {
    const [, name = "", requested = "", used = "", limited = ""] = quota;
    return [{ code: "quota.exceeded", detail: { quota: name, requested, used, limited } }];
  }
  return [{ code: "instance.refused", detail: { message: afterColon(message) } }];
}
