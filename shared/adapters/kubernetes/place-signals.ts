import type { Signal } from "../../domain/advice.ts";
import { architectureLabel } from "./render/names.ts";
import { bytesOf, millisOf } from "./quantity.ts";
import { type Claim, type ClusterEvent, type Container, conditionOf, isTrue, type Node, type Pod } from "./shapes.ts";

export interface Room {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const nothing: Room = { cpuMillis: 0, memoryBytes: 0, diskBytes: 0 };
const merged = (a: Room, b: Room, how: (a: number, b: number) => number): Room => ({
  cpuMillis: how(a.cpuMillis, b.cpuMillis),
  memoryBytes: how(a.memoryBytes, b.memoryBytes),
  diskBytes: how(a.diskBytes, b.diskBytes),
});
const plus = (a: Room, b: Room): Room => merged(a, b, (x, y) => x + y);
const asked = ({ resources }: Container): Room => ({
  cpuMillis: millisOf(resources?.requests?.["cpu"]),
  memoryBytes: bytesOf(resources?.requests?.["memory"]),
  diskBytes: bytesOf(resources?.requests?.["ephemeral-storage"]),
});

/** What is set aside for a pod: its containers together, or an init container with what runs beside it already when that is more. */
export function requestsOf(pod: Pod): Room {
  let [beside, most] = [nothing, nothing];
  for (const container of pod.spec.initContainers ?? []) {
    const all = plus(beside, asked(container));
    if (container.restartPolicy === "Always") beside = all;
    most = merged(most, all, Math.max);
  }
  return merged(most, pod.spec.containers.map(asked).reduce(plus, beside), Math.max);
}
export const allocatableOf = (node: Node): Room => ({
  cpuMillis: millisOf(node.status?.allocatable?.["cpu"]),
  memoryBytes: bytesOf(node.status?.allocatable?.["memory"]),
  diskBytes: bytesOf(node.status?.allocatable?.["ephemeral-storage"]),
});
export const isUsable = (node: Node): boolean => node.spec?.unschedulable !== true && isTrue(conditionOf(node, "Ready"));

type Taint = NonNullable<NonNullable<Node["spec"]>["taints"]>[number];
const tolerates = ({ spec: { tolerations = [] } }: Pod, taint: Taint): boolean =>
  tolerations.some(
    ({ key, operator, value, effect }) =>
      (!effect || effect === taint.effect) &&
      (!key || key === taint.key) &&
      (operator === "Exists" || (value ?? "") === (taint.value ?? "")),
  );
/** Where the pod is let, as far as labels and taints decide it. */
const mayRunOn = (pod: Pod, { metadata: { labels }, spec }: Node): boolean =>
  Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels?.[key] === value) &&
  (spec?.taints ?? []).every((taint) => taint.effect === "PreferNoSchedule" || tolerates(pod, taint));

/** What is free on the node that has most of it, by the requests of the pods that are known. */
function mostFree(nodes: readonly Node[], pods: readonly Pod[], of: (room: Room) => number): number {
  const free = nodes.map((node) => {
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
  const nodes = world.nodes.filter((node) => isUsable(node) && mayRunOn(pod, node));
  return resources.flatMap(({ code, word, unit, of }) => {
    if (!word.test(message)) return [];
    const wanted = Math.round(of(requestsOf(pod)) / unit);
    const free = Math.floor(mostFree(nodes, world.pods(), of) / unit);
    return [
      {
        code,
        detail: {
          wanted,
          nodes: nodes.length,
          ...(world.nodes.length > 0 && free < wanted && { free, short: wanted - free }),
        },
      },
    ];
  });
}

/** What was built for processors that no node has is told as that: labels would not help. */
function matchSignal({ spec }: Pod, nodes: readonly Node[]): Signal {
  const architecture = spec.nodeSelector?.[architectureLabel];
  const there = [...new Set(nodes.map(({ metadata: { labels } }) => labels?.[architectureLabel] ?? ""))].sort();
  if (architecture === undefined || there.length === 0 || there.includes("") || there.includes(architecture))
    return { code: "node.no-match", detail: {} };
  return { code: "node.no-architecture", detail: { architecture, there: there.join(", ") } };
}

/** Volumes that are made only once there is a node for them are not meant. */
const waitsForClaims = (message: string): boolean => /persistentvolumeclaim|unbound immediate/i.test(message);

/** Why the scheduler finds no node, by its own words: `0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had taint …`. */
export function scheduleSignals(pod: Pod, world: Nodes): Signal[] {
  const condition = conditionOf(pod, "PodScheduled");
  if (condition?.status !== "False") return [];
  const message = condition.message ?? "";
  const found = [
    ...shortOf(pod, world, message),
    ...(/node selector|(?<!volume )node affinity|nodeSelector/i.test(message) ? [matchSignal(pod, world.nodes)] : []),
    ...(/Too many pods/i.test(message) ? [{ code: "node.full", detail: {} }] : []),
    ...(/volume node affinity|volume zone/i.test(message) ? [{ code: "volume.elsewhere", detail: {} }] : []),
  ];
  if (found.length > 0 || waitsForClaims(message)) return found;
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
    return why || waitsForClaims(conditionOf(pod, "PodScheduled")?.message ?? "")
      ? [{ code: "volume.pending", detail: { ...detail, message } }]
      : [];
  });
}

/** Told as long as the cluster remembers the event (an hour): the pod itself may lie there for days. */
function evictionSignals(pod: Pod, events: readonly ClusterEvent[]): Signal[] {
  if (pod.status?.reason !== "Evicted" || !events.some((e) => e.reason === "Evicted")) return [];
  return [{ code: "instance.evicted", detail: { node: pod.spec.nodeName ?? "", message: afterColon(pod.status.message ?? "") } }];
}
/** The pod's node, if nothing is heard of it; where nodes may not be looked at, none is lost. */
export function lostNodeOf({ spec: { nodeName } }: Pod, nodes: readonly Node[]): string | undefined {
  const node = nodes.find((n) => n.metadata.name === nodeName);
  return nodes.length === 0 || isTrue(conditionOf(node, "Ready")) ? undefined : nodeName;
}
function nodeSignals(pod: Pod, { nodes }: World): Signal[] {
  const node = lostNodeOf(pod, nodes);
  return node === undefined ? [] : [{ code: "node.lost", detail: { node } }];
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
