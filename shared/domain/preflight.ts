import type { Preflight } from "../contract/data-center.ts";
import type { Params } from "../contract/id.ts";

interface Words {
  readonly name: string;
  readonly state: Preflight["state"];
  readonly message: (p: Params) => string;
  /** Empty: nothing is to do. */
  readonly next?: (p: Params) => string;
}

/** Everything that an agent can find of the place it is to work in, in words. The name before the dot is the check's. */
const words = {
  "dns.ok": { name: "dns", state: "passed", message: (p) => `${p.host} is found by name.` },
  "dns.address": {
    name: "dns",
    state: "passed",
    message: (p) => `The platform is given by its address ${p.host}; no name is needed.`,
  },
  "dns.failed": {
    name: "dns",
    state: "failed",
    message: (p) => `The name ${p.host} cannot be resolved from inside the cluster (${p.reason}).`,
    next: () => "Look at the cluster's DNS (pods of coredns in kube-system) and at the resolvers of its nodes.",
  },
  "proxy.none": { name: "proxy", state: "passed", message: () => "The platform is reached without a proxy." },
  "proxy.used": { name: "proxy", state: "passed", message: (p) => `The platform is reached through the proxy ${p.proxy}.` },
  "proxy.failed": {
    name: "proxy",
    state: "failed",
    message: (p) => `The proxy ${p.proxy} cannot be reached (${p.reason}).`,
    next: () => "Correct the value proxyUrl of the chart, or let the cluster reach the proxy.",
  },
  "cloud.ok": { name: "cloud", state: "passed", message: (p) => `The platform answers at ${p.url}.` },
  "cloud.unreachable": {
    name: "cloud",
    state: "failed",
    message: (p) => `The platform cannot be reached at ${p.url} (${p.reason}).`,
    next: () => "Let the cluster open outbound connections there (port 443), or set the value proxyUrl of the chart.",
  },
  "cloud.certificate": {
    name: "cloud",
    state: "failed",
    message: (p) => `The certificate of ${p.url} is not trusted here (${p.reason}).`,
    next: () => "A proxy that opens TLS needs its own authority to be trusted: give it with NODE_EXTRA_CA_CERTS.",
  },
  "cloud.answer": {
    name: "cloud",
    state: "failed",
    message: (p) => `Something answers at ${p.url} (status ${p.status}), but it is not the platform.`,
    next: () => "Check the value cloudUrl, and what a proxy in between does.",
  },
  "clock.ok": { name: "clock", state: "passed", message: (p) => `The clock is right to ${p.seconds} s.` },
  "clock.skewed": {
    name: "clock",
    state: "failed",
    message: (p) => `The clock is ${p.seconds} seconds ${p.direction} the platform's.`,
    next: () => "Set the clocks of the cluster's nodes by NTP.",
  },
  "clock.unknown": { name: "clock", state: "waiting", message: () => "The clock is compared once the platform answers." },
  "version.ok": { name: "version", state: "passed", message: (p) => `Kubernetes ${p.version}.` },
  "version.old": {
    name: "version",
    state: "failed",
    message: (p) => `Kubernetes ${p.version} is too old: ${p.oldest} is the oldest that is served.`,
    next: () => "Upgrade the cluster.",
  },
  "version.new": {
    name: "version",
    state: "warning",
    message: (p) => `Kubernetes ${p.version} is newer than what was tried (${p.newest}).`,
    next: () => "It most likely works; upgrade the agents when an update is shown.",
  },
  "update.running": {
    name: "update",
    state: "running",
    message: () => "The agents bring themselves to a newer version, one after the other. What runs goes on.",
  },
  "update.refused": {
    name: "update",
    state: "warning",
    message: (p) => `The agents went back to the version before: those of ${p.image} did not get ready in ten minutes.`,
    next: () => "Look whether the cluster can pull that image; then ask for the update again.",
  },
  "rights.ok": { name: "rights", state: "passed", message: () => "The agent may do all that it needs, and no more." },
  "rights.missing": {
    name: "rights",
    state: "failed",
    message: (p) => `The agent may not: ${p.missing}.`,
    next: () => "Apply the manifests again as a cluster administrator; they bring the roles.",
  },
  "nodes.ok": { name: "nodes", state: "passed", message: (p) => `Nodes that are ready: ${p.nodes}, which is all.` },
  "nodes.none": {
    name: "nodes",
    state: "failed",
    message: () => "The cluster has no node, so nothing can run.",
    next: () => "Add one; what waits starts by itself.",
  },
  "nodes.not-ready": {
    name: "nodes",
    state: "failed",
    message: (p) => `Of ${p.nodes} nodes ${p.count} are not ready: ${p.names}.`,
    next: () => "See `kubectl describe node`; often the kubelet or its network is down. What ran there is started elsewhere.",
  },
  "nodes.memory-pressure": {
    name: "nodes",
    state: "warning",
    message: (p) => `Nodes that run out of memory: ${p.names}. Instances may be evicted.`,
    next: () => "Let components ask for the memory they use, or add a node.",
  },
  "nodes.disk-pressure": {
    name: "nodes",
    state: "warning",
    message: (p) => `Nodes that run out of disk: ${p.names}. Instances are evicted, and images can no longer be fetched.`,
    next: () => "Free space on them, or give them larger disks.",
  },
  "nodes.process-pressure": {
    name: "nodes",
    state: "warning",
    message: (p) => `Nodes that run out of process numbers: ${p.names}.`,
    next: () => "Find the program that starts so many processes.",
  },
  "nodes.clock": {
    name: "nodes",
    state: "failed",
    message: (p) => `The clock of node ${p.node} is about ${p.seconds} s ${p.direction} ours.`,
    next: () => "Set it by NTP: certificates, tokens and logs depend on it.",
  },
  "nodes.certificate": {
    name: "nodes",
    state: "warning",
    message: (p) => `The kubelet's certificate on ${p.node} ends on ${p.date}, in ${p.days} days.`,
    next: () => "Renew it, or let the kubelet rotate it (serverTLSBootstrap, rotateCertificates).",
  },
  "nodes.certificate-ended": {
    name: "nodes",
    state: "failed",
    message: (p) => `The kubelet's certificate on ${p.node} ended on ${p.date}: logs and terminals of instances there may fail.`,
    next: () => "Renew it, or let the kubelet rotate it (serverTLSBootstrap, rotateCertificates).",
  },
  "storage.ok": { name: "storage", state: "passed", message: (p) => `Volumes are made by the StorageClass ${p.storageClass}.` },
  "storage.none": {
    name: "storage",
    state: "warning",
    message: () => "The cluster has no StorageClass, so components with volumes cannot run here.",
    next: () => "Install a provisioner; everything else works without.",
  },
  "storage.no-default": {
    name: "storage",
    state: "warning",
    message: (p) => `No StorageClass is the default (there are: ${p.names}), so every volume must name one.`,
    next: () => "Mark one with the annotation storageclass.kubernetes.io/is-default-class=true.",
  },
  "metrics.ok": {
    name: "metrics",
    state: "passed",
    message: () => "The cluster has a metrics server: components scale by load, and how much they use is told.",
  },
  "metrics.none": {
    name: "metrics",
    state: "warning",
    message: () => "The cluster has no metrics server, so components do not scale by load here.",
    next: () => "Install metrics-server; everything else works without.",
  },
  "cluster.unreachable": {
    name: "rights",
    state: "failed",
    message: (p) => `The cluster could not be asked: ${p.reason}`,
    next: () => "See whether its API server is up and can be reached by the agents; they try again by themselves.",
  },
  "image-registry.ok": { name: "registry", state: "passed", message: (p) => `Images are kept in ${p.address}.` },
  "image-registry.none": {
    name: "registry",
    state: "warning",
    message: () => "Neither the agents nor the platform were given a registry, so only images that have one run here.",
    next: () =>
      "Set the values of the chart that begin with registry, or ask the platform's operator to give it one (PLUVIA_REGISTRY).",
  },
  "image-registry.platform": {
    name: "registry",
    state: "passed",
    message: (p) => `Images of what is built are kept in the platform's registry, ${p.address}.`,
  },
  "image-registry.platform-unreachable": {
    name: "registry",
    state: "failed",
    message: (p) => `The platform's registry ${p.address} cannot be reached (${p.reason}).`,
    next: () => "Let the agents and the nodes reach it, or set the values of the chart that begin with registry.",
  },
  "image-registry.unreachable": {
    name: "registry",
    state: "failed",
    message: (p) => `The registry ${p.address} cannot be reached (${p.reason}).`,
    next: () => "Correct the values of the chart that begin with registry, or let the agents reach it.",
  },
} satisfies Record<string, Words>;
export type PreflightCode = keyof typeof words;
export const preflightCodes = Object.keys(words) as readonly PreflightCode[];

export function preflightFinding(code: PreflightCode, params: Params = {}): Preflight {
  const { name, state, message, next }: Words = words[code];
  return { name, state, code, params, message: message(params).slice(0, 1_000), next: next?.(params) ?? "" };
}
