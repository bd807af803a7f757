import type { Capability, Capacity } from "../../contract/data-center.ts";
import { allocatableOf, isUsable, requestsOf } from "./place-signals.ts";
import { isOver } from "./pod.ts";
import type { ExternalTcp } from "./render/context.ts";
import { bytesOf } from "./quantity.ts";
import type { Node, Pod } from "./shapes.ts";
import type { NodeUsage } from "./measurement.ts";
import { type Served, serves } from "./versions.ts";

const total = <T>(items: readonly T[], of: (item: T) => number): number =>
  Math.round(items.reduce((sum, item) => sum + of(item), 0));

/** What the usable nodes offer, and how much of it is used: measured where nodes tell, else what the pods that are known have set aside. */
export function capacityOf(
  nodes: readonly Node[],
  pods: readonly Pod[],
  usage: readonly NodeUsage[],
  instances: number,
): Capacity {
  const usable = nodes.filter(isUsable);
  const room = usable.map(allocatableOf);
  const asked = pods.filter((pod) => pod.spec.nodeName !== undefined && !isOver(pod)).map(requestsOf);
  const isMeasured = usage.length > 0;
  return {
    cpuMillis: total(room, (r) => r.cpuMillis),
    cpuMillisUsed: isMeasured ? total(usage, (u) => u.cpuMillis) : total(asked, (r) => r.cpuMillis),
    memoryBytes: total(room, (r) => r.memoryBytes),
    memoryBytesUsed: isMeasured ? total(usage, (u) => u.memoryBytes) : total(asked, (r) => r.memoryBytes),
    diskBytes: usage.some((u) => u.diskBytes !== null)
      ? total(usage, (u) => u.diskBytes ?? 0)
      : total(usable, (n) => bytesOf(n.status?.allocatable?.["ephemeral-storage"])),
    diskBytesUsed: total(usage, (u) => u.diskBytesUsed),
    instances,
  };
}

export interface CapabilityFacts {
  readonly served: Served;
  readonly tcp: ExternalTcp;
  readonly nodes: readonly Node[];
  /** null: they may not be looked at. */
  readonly storageClasses: readonly { readonly name: string; readonly isDefault: boolean }[] | null;
  /** Whether kubelets or a metrics server answer. */
  readonly isMeasured: boolean;
  /** Whether there is a metrics server, which scaling by load asks. */
  readonly hasMetrics: boolean;
}

function volumes(classes: CapabilityFacts["storageClasses"]): Capability {
  if (classes === null)
    return {
      name: "volumes",
      available: true,
      message: "Volumes are claims; which storage classes there are cannot be seen.",
      code: "capability.volumes-unseen",
    };
  if (classes.length === 0)
    return {
      name: "volumes",
      available: false,
      message: "There is no storage class, so no volume can be made.",
      code: "capability.no-storage",
    };
  const names = classes.map((c) => (c.isDefault ? `${c.name} (default)` : c.name)).join(", ");
  const isUsual = classes.some((c) => c.isDefault);
  return {
    name: "volumes",
    available: true,
    message: `Storage classes: ${names}.${isUsual ? "" : " None is the default: volumes must name theirs."}`,
    code: isUsual ? "capability.volumes" : "capability.volumes-no-default",
    params: { names },
  };
}

function kinds(served: Served): Capability {
  const version = `1.${served.minor}`;
  const message = `Stateless, stateful, daemon, job and cron components; Kubernetes ${version}.`;
  return serves(served, "timeZone")
    ? { name: "kinds", available: true, message, code: "capability.kinds", params: { version } }
    : {
        name: "kinds",
        available: true,
        message: `${message} It cannot be told that schedules are in UTC: they follow the time zone of the cluster's controllers.`,
        code: "capability.kinds-no-zone",
        params: { version },
      };
}

function externalTcp(tcp: ExternalTcp): Capability {
  if (tcp === null)
    return {
      name: "tcp",
      available: false,
      message: "External TCP ports have no address here. The chart's value gateway.tcp gives them one: NodePort or LoadBalancer.",
      code: "capability.no-tcp",
    };
  return tcp === "NodePort"
    ? {
        name: "tcp",
        available: true,
        message: "External TCP ports answer at a port of every node.",
        code: "capability.tcp-node",
      }
    : {
        name: "tcp",
        available: true,
        message: "External TCP ports answer at a load balancer of the cluster.",
        code: "capability.tcp-balancer",
      };
}

/** What this cluster can do, as far as it can be known; shown to people as it stands. */
export function capabilitiesOf({ served, tcp, nodes, storageClasses, isMeasured, hasMetrics }: CapabilityFacts): Capability[] {
  const usable = nodes.filter(isUsable).length;
  return [
    {
      name: "images",
      available: usable > 0,
      message: usable > 0 ? `Images run on ${usable} nodes.` : "No node is ready to run anything.",
      code: usable > 0 ? "capability.nodes" : "capability.no-nodes",
      params: { nodes: usable },
    },
    {
      name: "isolation",
      available: true,
      message: "Each instance is a container without privileges, in a namespace of its team.",
      code: "capability.containers",
    },
    {
      name: "network-policies",
      available: true,
      message:
        "Rules that keep teams' networks apart are set; they hold only where the cluster's network plugin (CNI) enforces NetworkPolicies.",
      code: "capability.network-policies",
    },
    {
      name: "memory-limit",
      available: true,
      message: "An instance over its memory limit is ended and started again.",
      code: "capability.memory-kernel",
    },
    {
      name: "cpu-limit",
      available: true,
      message: "An instance gets no more CPU than its limit.",
      code: "capability.cpu-kernel",
    },
    {
      name: "terminal",
      available: true,
      message: "A terminal opens in any running instance whose image has a shell.",
      code: "capability.terminal-shell",
    },
    {
      name: "node-changes",
      available: true,
      message:
        "Nodes are cordoned, drained, labelled and tainted from here. A drain moves instances of Pluvia, as fast as disruption budgets allow, and leaves all other pods alone.",
      code: "capability.node-changes",
    },
    externalTcp(tcp),
    volumes(storageClasses),
    kinds(served),
    hasMetrics
      ? { name: "scaling", available: true, message: "Components scale by load.", code: "capability.scaling" }
      : {
          name: "scaling",
          available: false,
          message: "There is no metrics server, so components do not scale by load.",
          code: "capability.no-scaling",
        },
    isMeasured
      ? { name: "usage", available: true, message: "Nodes tell what instances use.", code: "capability.usage" }
      : {
          name: "usage",
          available: false,
          message:
            "What instances use is not measured: there is no metrics server, and the agents may not ask the nodes. Install metrics-server, or set the chart's value nodeUsage.",
          code: "capability.no-usage",
        },
  ];
}
