import type { Observation } from "../contract/agent.ts";

type Detail = Observation["signals"][number]["detail"];
interface Words {
  readonly message: (d: Detail) => string;
  readonly next: (d: Detail) => string;
}

const room = (d: Detail, unit: string): string =>
  d.free === undefined ? "" : ` The node with the most room has ${d.free} ${unit} free: ${d.short} ${unit} too few.`;

/** What only a cluster of many nodes can signal, in words. See domain/advice.ts. */
export const clusterWords: Readonly<Record<string, Words>> = {
  "image.invalid-name": {
    message: (d) => `${d.image} is not the name of an image.`,
    next: () => "Correct it, as in registry/name:tag, and deploy again.",
  },
  "image.not-on-node": {
    message: (d) => `The image ${d.image} is not on the node and may not be fetched.`,
    next: () => "Put it into a registry that the data center reaches.",
  },
  "image.denied": {
    message: (d) => `The registry does not give out the image ${d.image}: ${d.message}`,
    next: () => "Check its name, and that the data center's credential for this registry is still good.",
  },
  "image.not-found": {
    message: (d) => `The registry does not have the image ${d.image}.`,
    next: () => "Check its name and tag; deploy again once it is there.",
  },
  "image.unreachable": {
    message: (d) => `The image ${d.image} could not be fetched: ${d.message}`,
    next: () => "The node tries again by itself; if it goes on, check that nodes reach the registry.",
  },
  "image.platform": {
    message: (d) => `The image ${d.image} has no program that the processors of the data center's nodes can run.`,
    next: () =>
      "Build it for them, most often linux/amd64 (docker buildx build --platform linux/amd64), and deploy it again. If it starts with a script, that needs a first line such as #!/bin/sh.",
  },
  "image.root": {
    message: (d) => `The image ${d.image} runs as root, which this data center does not allow.`,
    next: () => "Let the image name another user, by its number (USER 10001 in the Dockerfile).",
  },
  "container.unstartable": {
    message: (d) => `The instance could not be started: ${d.message}`,
    next: () => "Mend what the message names and deploy again.",
  },
  "health.failed": {
    message: (d) => `The health check failed: ${d.message}`,
    next: () => "Read the log for the cause, or correct the health check.",
  },
  "attachment.ended": {
    message: (d) => `The attached container ${d.attachment} ended${d.code === undefined ? "" : ` with exit code ${d.code}`}.`,
    next: () => "Correct its image, command or variables; without it the component does not start.",
  },
  "instance.refused": {
    message: (d) => `The cluster does not make the instance: ${d.message}`,
    next: () => "Mend what the message names, or ask the operator of the data center.",
  },
  "cluster.refused": {
    message: (d) => `The cluster refused the configuration: ${d.message}`,
    next: () => "Mend what the message names and deploy again.",
  },
  "node.gone": {
    message: (d) => `The cluster has no node ${d.node} any more.`,
    next: () => "Nothing is left to do with it.",
  },
  "node.refused": {
    message: (d) => `The cluster refused it: ${d.message}`,
    next: () => "Mend what the message names: a missing right comes with the chart's newest version.",
  },
  "node.taints-changed": {
    message: (d) =>
      `Somebody has changed the taints of ${d.node} since they were looked at: ${d.taints === undefined ? "it has none now" : `it has ${d.taints} now`}.`,
    next: () => "Look at the node again, and make your change on what is there now.",
  },
  "node.no-cpu": {
    message: (d) => `No node has ${d.wanted} thousandths of a CPU free for an instance.${room(d, "thousandths")}`,
    next: () => "Let it ask for less CPU, stop something else, or add a node.",
  },
  "node.no-memory": {
    message: (d) => `No node has ${d.wanted} MiB of memory free for an instance.${room(d, "MiB")}`,
    next: () => "Let it ask for less memory, stop something else, or add a node.",
  },
  "node.no-disk": {
    message: (d) => `No node has ${d.wanted} MiB of disk free for an instance.${room(d, "MiB")}`,
    next: () => "Stop something else, make room on a node's disk, or add a node.",
  },
  "node.no-match": {
    message: () => "No node has the labels that the component asks for.",
    next: () => "Change the labels in its placement, or label a node.",
  },
  "node.no-architecture": {
    message: (d) => `It was built for ${d.architecture} processors, and the nodes have others: ${d.there}.`,
    next: () => "Let this data center build for itself (`builds.image` of its chart) and deploy again, or add such a node.",
  },
  "node.full": {
    message: () => "The nodes hold as many instances as they may.",
    next: () => "Stop something else, or add a node.",
  },
  "node.none": {
    message: (d) => `No node can take the instance: ${d.message}`,
    next: () => "Look at the data center's nodes, or ask its operator.",
  },
  "node.not-ready": {
    message: (d) => `The node is not ready: ${d.message}`,
    next: () => "Look at the kubelet's log on the node. What ran there is started elsewhere after some minutes.",
  },
  "node.silent": {
    message: () =>
      "The node is not heard of any more. What runs there may still run; it is started elsewhere after some minutes.",
    next: () => "Check that the node is on, reaches the API server, and that its kubelet runs.",
  },
  "node.memory-pressure": {
    message: () => "The node is short of memory: it takes no new instances, and may end some.",
    next: () => "Move or stop what uses most there, or add a node.",
  },
  "node.disk-pressure": {
    message: () => "The node's disk is nearly full: it takes no new instances, and may end some.",
    next: () => "Make room on the node's disk: images that nothing uses, logs, what other programs left.",
  },
  "node.pid-pressure": {
    message: () => "The node runs so many processes that it takes no new instances.",
    next: () => "Find what starts so many processes there.",
  },
  "node.no-network": {
    message: (d) => `The node's network is not set up: ${d.message}`,
    next: () => "Look at the pods of the cluster's network plugin on this node.",
  },
  "node.unreached": {
    message: (d) =>
      `Nothing on this node is reached over the network by the data center's agents, though the node is ready. Its instances: ${d.instances}. Requests go to other nodes meanwhile.`,
    next: () =>
      "Look at the pods of the cluster's network plugin on this node, and at what is between the nodes. Drain the node to have its instances start elsewhere.",
  },
  "node.disk-filling": {
    message: (d) => `The node's disk is ${d.percent} % full.`,
    next: () => "Make room there, or give it a larger disk, before it is full.",
  },
  "node.lost": {
    message: (d) => `The node ${d.node} does not answer; what runs there may go on unseen.`,
    next: () => "Bring the node back. Instances without a volume of their own are started elsewhere once it counts as lost.",
  },
  "node.undrained": {
    message: (d) =>
      `The node ${d.node} does not answer: nothing new starts there, and what ran there was asked to leave (${d.left}), but nobody can say that it has ended.`,
    next: (d) =>
      `If the node is off for good, remove it from the cluster: kubectl delete node ${d.node}. If it comes back, what ran there ends by itself; drain it again to be sure.`,
  },
  "cluster.was-away": {
    message: () =>
      "The cluster's API server was away until a moment ago, and its other parts come back after it: instances that serve are not replaced before that.",
    next: () => "It goes on by itself within two minutes.",
  },
  "instance.stranded": {
    message: (d) =>
      `The node ${d.node} does not answer, and an instance may still run there: what is next waits until that has surely ended.`,
    next: (d) =>
      `Bring the node back. If it is off for good, remove it from the cluster: kubectl delete node ${d.node}; then this goes on by itself.`,
  },
  "volume.elsewhere": {
    message: () => "The volume's data is where no free node is.",
    next: () => "Make room in the zone of the volume, or ask the operator of the data center.",
  },
  "volume.no-default-class": {
    message: () => "The data center has no default storage class, and the volume names none.",
    next: () => "Choose a storage class for the volume, or let the operator make one the default.",
  },
  "volume.no-class": {
    message: (d) => `The data center has no storage class ${d.storageClass}.`,
    next: () => "Choose one that is there: the data center's page lists them.",
  },
  "volume.pending": {
    message: (d) => `The volume is not there yet${d.message ? `: ${d.message}` : "."}`,
    next: () => "The cluster goes on trying; if it stays so, ask the operator of the data center.",
  },
  "volume.not-mounted": {
    message: (d) => `A volume could not be mounted: ${d.message}`,
    next: () => "The node tries again by itself; if it goes on, ask the operator of the data center.",
  },
  "volume.not-attached": {
    message: (d) => `A volume could not be attached to the node: ${d.message}`,
    next: () => "It may still be attached to a node that was lost; the cluster lets go of it after some minutes.",
  },
  "instance.evicted": {
    message: (d) => `The node ${d.node} sent an instance away: ${d.message}`,
    next: () => "It is started elsewhere. Ask for what it really uses, so that nodes are not filled beyond their room.",
  },
  "quota.exceeded": {
    message: (d) => `The team's quota ${d.quota} is used up: requested ${d.requested}, used ${d.used}, limit ${d.limited}.`,
    next: () => "Scale or stop something else of the team, or ask for a larger quota.",
  },
};
