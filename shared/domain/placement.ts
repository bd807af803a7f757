import type { Configuration } from "../contract/component.ts";
import type { Capability, DataCenter } from "../contract/data-center.ts";
import type { Params } from "../contract/id.ts";

interface Need {
  /** Of the capability. */
  readonly name: string;
  readonly path: string;
  readonly asks: (c: Configuration) => boolean;
  /** Any data center can that does not say otherwise. */
  readonly usual?: true;
}
/** What a configuration asks of a data center beyond running instances that are all alike. */
const needs: readonly Need[] = [
  { name: "kind.stateful", path: "configuration.kind", asks: (c) => c.kind === "stateful" },
  { name: "kind.daemon", path: "configuration.kind", asks: (c) => c.kind === "daemon" },
  { name: "kind.job", path: "configuration.kind", asks: (c) => c.kind === "job" },
  { name: "kind.cron", path: "configuration.kind", asks: (c) => c.kind === "cron" },
  { name: "volumes", path: "configuration.volumes", asks: (c) => c.volumes.length > 0 },
  { name: "files", path: "configuration.files", asks: (c) => c.files.length > 0 },
  { name: "scaling", path: "configuration.scaling", asks: (c) => c.scaling !== null },
  { name: "attachments", path: "configuration.attachments", asks: (c) => c.attachments.length > 0 },
  { name: "tcp", path: "configuration.ports", asks: (c) => c.ports.some((p) => p.external && p.protocol === "tcp"), usual: true },
  { name: "placement", path: "configuration.placement", asks: (c) => Object.keys(c.placement.nodeLabels).length > 0 },
];
export const cannotCodes: readonly string[] = needs.map(({ name }) => `cannot.${name}`);

/** In words: what the data center cannot do. */
const words: Readonly<Record<string, string>> = {
  "kind.stateful": "stateful components",
  "kind.daemon": "daemons",
  "kind.job": "jobs",
  "kind.cron": "jobs on a schedule",
  volumes: "volumes",
  files: "configuration files",
  scaling: "scaling by load",
  attachments: "further containers",
  placement: "a choice of nodes",
  tcp: "TCP ports that are open to the outside",
};

export interface RunningObjection {
  /** `cannot.<capability>` */
  readonly code: string;
  readonly params: Params;
  readonly message: string;
  readonly next: string;
  readonly path: string;
}

/**
 * Why a data center cannot run this. What it says of itself decides; one of Kubernetes that has said nothing yet is taken to be able to
 * do everything, any other to run stateless components alone.
 */
export function objectionToRunning(
  { name, kind, capabilities }: Pick<DataCenter, "name" | "kind" | "capabilities">,
  configuration: Configuration,
): RunningObjection | null {
  const missing = needs.find((need) => need.asks(configuration) && !isAble(kind, capabilities, need));
  if (!missing) return null;
  const what = words[missing.name] ?? missing.name;
  const why = capabilities.find((c) => c.name === missing.name)?.message;
  return {
    code: `cannot.${missing.name}`,
    params: { dataCenter: name },
    message: `The data center ${name} cannot run ${what}${why ? `: ${why}` : "."}`,
    next: "Choose a data center that can, or leave this out.",
    path: missing.path,
  };
}

const isAble = (kind: DataCenter["kind"], capabilities: readonly Capability[], { name, usual }: Need): boolean =>
  capabilities.find((c) => c.name === name)?.available ?? (usual === true || kind === "kubernetes");
