import type { Change, Configuration, Plan } from "../contract/component.ts";
import type { ComponentId } from "../contract/id.ts";
import type { Artifact } from "../contract/release.ts";
import { hostsOf } from "./component.ts";
import { type OpenVariable, sameData } from "./release.ts";

/** What a component is made of, before or after a change. */
export interface Content {
  readonly configuration: Configuration;
  readonly variables: readonly OpenVariable[];
  readonly artifact: Artifact | null;
}
type Effect = Plan["effects"][number];

/** Where two contents differ, path by path. A secret's values are never in it. */
export function contentChanges(before: Content, after: Content): Change[] {
  return [
    ...artifactChanges(before.artifact, after.artifact),
    ...changesBetween("configuration", before.configuration, after.configuration),
    ...variableChanges(before.variables, after.variables),
  ];
}

const artifactName = (a: Artifact | null) => (a === null ? null : (a.digest ?? (a.kind === "image" ? a.reference : null)));
const artifactChanges = (before: Artifact | null, after: Artifact | null): Change[] =>
  artifactName(before) === artifactName(after)
    ? []
    : [{ path: "artifact", before: artifactName(before), after: artifactName(after) }];

/** Leaves of two plain values that differ; lists are compared whole. */
export function changesBetween(path: string, before: unknown, after: unknown): Change[] {
  if (sameData(before, after)) return [];
  if (!isRecord(before) || !isRecord(after)) return [{ path, before: before ?? null, after: after ?? null }];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys.flatMap((key) => changesBetween(`${path}.${key}`, before[key], after[key]));
}
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const shown = (v: OpenVariable | undefined): unknown => (v === undefined ? null : v.kind === "secret" ? "(secret)" : v.value);
export function variableChanges(before: readonly OpenVariable[], after: readonly OpenVariable[]): Change[] {
  const old = new Map(before.map((v) => [v.name, v]));
  const now = new Map(after.map((v) => [v.name, v]));
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [a, b] = [old.get(name), now.get(name)];
    if (a?.value === b?.value && a?.kind === b?.kind) return [];
    return [{ path: `variables.${name}`, before: shown(a), after: b?.kind === "secret" && a ? "(secret, changed)" : shown(b) }];
  });
}

interface Running {
  readonly id: ComponentId;
  readonly name: string;
  readonly host: string;
  readonly wanted: "running" | "stopped";
  /** Instances wanted now; 0 when there is no release. */
  readonly replicas: number;
}
export interface Dependent {
  readonly id: ComponentId;
  readonly name: string;
  /** The ports of this component that it depends on. */
  readonly ports: readonly number[];
}

const instances = (n: number): string => (n === 1 ? "1 instance" : `${n} instances`);
const effect = (kind: Effect["kind"], component: ComponentId, message: string): Effect => ({ kind, component, message });

/** What a new release of `after` does to what runs. */
export function releaseEffects(c: Running, before: Content, after: Content, dependents: readonly Dependent[]): Effect[] {
  return [
    replaceEffect(c, after.configuration.replicas),
    ...scaleEffects(c, after.configuration.replicas),
    ...routeEffects(c, before.configuration, after.configuration),
    ...dependentEffects(before.configuration, after.configuration, dependents),
  ];
}

function replaceEffect(c: Running, replicas: number): Effect {
  if (c.wanted === "stopped") return effect("none", c.id, `${c.name} is stopped; it takes effect when it is started.`);
  if (c.replicas === 0) return effect("start", c.id, `${instances(replicas)} of ${c.name} will start.`);
  const kept = Math.min(c.replicas, replicas);
  return kept === 0
    ? effect("stop", c.id, `All instances of ${c.name} will stop.`)
    : effect("restart", c.id, `${instances(kept)} of ${c.name} will be replaced, one after the other, without interruption.`);
}

export function scaleEffects(c: Running, replicas: number): Effect[] {
  const more = replicas - c.replicas;
  if (c.wanted === "stopped" || c.replicas === 0 || more === 0) return [];
  return more > 0
    ? [effect("start", c.id, `${instances(more)} more of ${c.name} will start.`)]
    : [effect("stop", c.id, `${instances(-more)} of ${c.name} will finish its requests and stop.`)];
}

export function routeEffects(c: Running, before: Configuration, after: Configuration): Effect[] {
  const open = (config: Configuration) => new Map(addressesOf(config, c.host));
  const [old, now] = [open(before), open(after)];
  return [
    ...[...now]
      .filter(([port, at]) => old.get(port) !== at)
      .map(([, at]) => effect("route", c.id, `${at} will reach ${c.name}.`)),
    ...[...old]
      .filter(([port, at]) => now.get(port) !== at)
      .map(([, at]) => effect("route", c.id, `${at} will no longer reach ${c.name}.`)),
  ];
}
const addressesOf = (config: Configuration, host: string): [number, string][] => [
  ...hostsOf(config.ports, host).map(({ port, label }): [number, string] => [port, `The address ${label} (port ${port})`]),
  ...config.ports
    .filter((p) => p.external && p.protocol === "tcp")
    .map((p): [number, string] => [p.port, `A public TCP port (for port ${p.port})`]),
];

function dependentEffects(before: Configuration, after: Configuration, dependents: readonly Dependent[]): Effect[] {
  const inside = (config: Configuration) => new Set(config.ports.filter((p) => p.internal).map((p) => p.port));
  const [old, now] = [inside(before), inside(after)];
  return dependents.flatMap((d) =>
    d.ports
      .filter((port) => old.has(port) && !now.has(port))
      .map((port) => effect("route", d.id, `${d.name} depends on port ${port}, which will no longer be reachable.`)),
  );
}

export const stopEffects = (c: Running, dependents: readonly Dependent[]): Effect[] => [
  effect(c.replicas > 0 && c.wanted === "running" ? "stop" : "none", c.id, stopMessage(c)),
  ...dependents.map((d) => effect("route", d.id, `${d.name} depends on ${c.name} and will not reach it.`)),
];
const stopMessage = (c: Running): string =>
  c.replicas > 0 && c.wanted === "running"
    ? `${instances(c.replicas)} of ${c.name} will finish its requests and stop.`
    : `Nothing of ${c.name} runs.`;

export const removeEffects = (c: Running, dependents: readonly Dependent[]): Effect[] => [
  effect("remove", c.id, `${c.name} will be removed with its releases, builds and logs. This can't be undone.`),
  ...stopEffects(c, dependents),
];
