import type { Component, Configuration } from "../contract/component.ts";
import type { DataCenterId, Params } from "../contract/id.ts";

/** Where a component serves from: while it only starts in its new data center, the old one. */
export const placeOf = (c: Pick<Component, "dataCenter" | "moving">): DataCenterId =>
  c.moving?.phase === "starting" ? c.moving.from : c.dataCenter;

/** Where an observed address leads: host and port for a program's variables. @throws TypeError when it is no URL. */
export function addressOf(url: string): { readonly host: string; readonly port: number } {
  const { protocol, hostname, port } = new URL(url.replace(/^tcp:/, "http:"));
  return { host: hostname, port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) };
}

/** Why a component cannot be moved as it is. */
export interface MoveObjection {
  readonly code: (typeof moveCodes)[number];
  readonly params: Params;
  readonly message: string;
  readonly next: string;
}
export const moveCodes = ["move.there-already", "move.data", "move.closed-port"] as const;

export const isThereAlready = (component: string, dataCenter: string): MoveObjection => ({
  code: "move.there-already",
  params: { component, dataCenter },
  message: `${component} is in the data center ${dataCenter} already.`,
  next: "Choose another data center.",
});

/** Names of the volumes whose data outlives an instance. */
export const volumesOf = ({ volumes }: Pick<Configuration, "volumes">): string[] =>
  volumes.filter((v) => v.kind !== "memory").map((v) => v.name);

/** Volumes do not travel. What is in memory is gone with every instance anyway. */
export function dataLeftBehind(component: string, configuration: Configuration): MoveObjection | null {
  const volumes = volumesOf(configuration);
  if (volumes.length === 0) return null;
  return {
    code: "move.data",
    params: { component, volumes: volumes.join(", ") },
    message: `${component} keeps data in ${volumes.join(", ")}, which would stay behind and be removed.`,
    next: "Copy the data first, then move it with the data left behind (leaveData).",
  };
}

interface Part {
  readonly id: string;
  readonly name: string;
  readonly configuration: Configuration;
}
/** Across data centers a component is reached at its external address alone. `from` depends on `to`, which is elsewhere. */
export function closedPorts(from: Part, to: Part): MoveObjection[] {
  const open = new Set(to.configuration.ports.filter((p) => p.external).map((p) => p.port));
  return from.configuration.dependencies
    .filter((d) => d.component === to.id && !open.has(d.port))
    .map(({ port }) => ({
      code: "move.closed-port",
      params: { component: from.name, target: to.name, port },
      message: `${from.name} depends on port ${port} of ${to.name}, which would be in another data center, and the port is not external.`,
      next: `Make port ${port} of ${to.name} external, or move both to the same data center.`,
    }));
}

/** Those that others depend on come first, so that each finds what it needs; in a circle the order is that of `parts`. */
export function dependenciesFirst<P extends Part>(parts: readonly P[]): P[] {
  const byId = new Map(parts.map((part) => [part.id, part]));
  const ordered = new Set<P>();
  const open = new Set<P>();
  const visit = (part: P): void => {
    if (ordered.has(part) || open.has(part)) return;
    open.add(part);
    for (const { component } of part.configuration.dependencies) {
      const needed = byId.get(component);
      if (needed) visit(needed);
    }
    ordered.add(part);
  };
  for (const part of parts) visit(part);
  return [...ordered];
}
