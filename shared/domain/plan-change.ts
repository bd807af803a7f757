import type { Change, Configuration, Plan } from "../contract/component.ts";
import type { ComponentId, Params } from "../contract/id.ts";
import type { Artifact } from "../contract/release.ts";
import { hostsOf } from "./component.ts";
import { hasExclusive } from "./configuration.ts";
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

const instances = (n: unknown): string => (n === 1 ? "1 instance" : `${n} instances`);
/** Every effect in words, by code. */
const words = {
  build: (p) => `The source of ${p.component} will be built.`,
  "start.later": (p) => `${p.component} is stopped; it takes effect when it is started.`,
  start: (p) => `${instances(p.count)} of ${p.component} will start.`,
  "start.more": (p) => `${instances(p.count)} more of ${p.component} will start.`,
  "stop.all": (p) => `All instances of ${p.component} will stop.`,
  stop: (p) => `${instances(p.count)} of ${p.component} will finish its requests and stop.`,
  "stop.nothing": (p) => `Nothing of ${p.component} runs.`,
  replace: (p) => `${instances(p.count)} of ${p.component} will be replaced, one after the other, without interruption.`,
  "replace.gap": (p) =>
    `${instances(p.count)} of ${p.component} will end before the new release starts: it does not answer in between.`,
  remove: (p) => `${p.component} will be removed with its releases, builds and logs. This can't be undone.`,
  "remove.data": (p) => `The data of ${p.component} in ${p.volumes} will be deleted.`,
  "address.opens": (p) => `The address ${p.label} (port ${p.port}) will reach ${p.component}.`,
  "address.closes": (p) => `The address ${p.label} (port ${p.port}) will no longer reach ${p.component}.`,
  "tcp.opens": (p) => `A public TCP port (for port ${p.port}) will reach ${p.component}.`,
  "tcp.closes": (p) => `A public TCP port (for port ${p.port}) will no longer reach ${p.component}.`,
  "dependent.port": (p) => `${p.dependent} depends on port ${p.port}, which will no longer be reachable.`,
  move: (p) =>
    `${p.component} will be started in ${p.to}; once it is healthy there it takes over, and is removed from ${p.from}.`,
  "move.data-lost": (p) => `The data of ${p.component} in ${p.volumes} stays behind and is removed.`,
  "dependent.follow": (p) =>
    `${p.dependent} will be restarted, one instance after the other, to reach ${p.component} at its new address.`,
  "agent.cut": (p) => `${p.component} goes on running, but nothing about it can be changed or seen until an agent joins anew.`,
  "cordon.stays": (p) => `${p.component} goes on running and can be changed.`,
  forget: (p) => `${p.component} goes on running there, unmanaged; here it is forgotten with its releases, builds and logs.`,
  "dependent.stop": (p) => `${p.dependent} depends on ${p.component} and will not reach it.`,
} satisfies Record<string, (p: Params) => string>;
type EffectCode = keyof typeof words;
export const effectCodes = Object.keys(words) as readonly EffectCode[];

const effect = (kind: Effect["kind"], component: ComponentId, code: EffectCode, params: Params): Effect => ({
  kind,
  component,
  code,
  params,
  message: words[code](params),
});

export const buildEffect = (c: Pick<Running, "id" | "name">): Effect => effect("build", c.id, "build", { component: c.name });

/** What a new release of `after` does to what runs. */
export function releaseEffects(c: Running, before: Content, after: Content, dependents: readonly Dependent[]): Effect[] {
  return [
    replaceEffect(c, after.configuration),
    ...scaleEffects(c, after.configuration.replicas),
    ...routeEffects(c, before.configuration, after.configuration),
    ...dependentEffects(before.configuration, after.configuration, dependents),
  ];
}

/** What only one instance can have is handed over, and a stateful component replaces its instances in place. */
const leavesGap = (configuration: Configuration, count: number): boolean =>
  configuration.kind === "stateful" ? count === 1 : hasExclusive(configuration);

function replaceEffect(c: Running, configuration: Configuration): Effect {
  const { replicas } = configuration;
  const component = c.name;
  if (c.wanted === "stopped") return effect("none", c.id, "start.later", { component });
  if (c.replicas === 0) return effect("start", c.id, "start", { component, count: replicas });
  const count = Math.min(c.replicas, replicas);
  if (count === 0) return effect("stop", c.id, "stop.all", { component });
  return effect("restart", c.id, leavesGap(configuration, count) ? "replace.gap" : "replace", { component, count });
}

export function scaleEffects(c: Running, replicas: number): Effect[] {
  const more = replicas - c.replicas;
  if (c.wanted === "stopped" || c.replicas === 0 || more === 0) return [];
  return more > 0
    ? [effect("start", c.id, "start.more", { component: c.name, count: more })]
    : [effect("stop", c.id, "stop", { component: c.name, count: -more })];
}

export function routeEffects(c: Running, before: Configuration, after: Configuration): Effect[] {
  const [old, now] = [addressesOf(before, c.host), addressesOf(after, c.host)];
  const only = (some: readonly Address[], others: readonly Address[]) => some.filter((a) => !others.some((b) => sameData(a, b)));
  const told = (verb: "opens" | "closes") => (a: Address) =>
    effect("route", c.id, `${a.kind}.${verb}`, {
      component: c.name,
      port: a.port,
      ...(a.kind === "address" ? { label: a.label } : {}),
    });
  return [...only(now, old).map(told("opens")), ...only(old, now).map(told("closes"))];
}
type Address =
  | { readonly kind: "address"; readonly port: number; readonly label: string }
  | { readonly kind: "tcp"; readonly port: number };
const addressesOf = (config: Configuration, host: string): Address[] => [
  ...hostsOf(config.ports, host).map(({ port, label }): Address => ({ kind: "address", port, label })),
  ...config.ports.filter((p) => p.external && p.protocol === "tcp").map((p): Address => ({ kind: "tcp", port: p.port })),
];

function dependentEffects(before: Configuration, after: Configuration, dependents: readonly Dependent[]): Effect[] {
  const inside = (config: Configuration) => new Set(config.ports.filter((p) => p.internal).map((p) => p.port));
  const [old, now] = [inside(before), inside(after)];
  return dependents.flatMap((d) =>
    d.ports
      .filter((port) => old.has(port) && !now.has(port))
      .map((port) => effect("route", d.id, "dependent.port", { dependent: d.name, port })),
  );
}

export const stopEffects = (c: Running, dependents: readonly Dependent[]): Effect[] => [
  c.replicas > 0 && c.wanted === "running"
    ? effect("stop", c.id, "stop", { component: c.name, count: c.replicas })
    : effect("none", c.id, "stop.nothing", { component: c.name }),
  ...dependents.map((d) => effect("route", d.id, "dependent.stop", { dependent: d.name, component: c.name })),
];

interface WithVolumes {
  /** Names of those whose data outlives an instance. */
  readonly volumes: readonly string[];
}
const dataEffects = (c: Pick<Running, "id" | "name"> & WithVolumes, code: "remove.data" | "move.data-lost"): Effect[] =>
  c.volumes.length === 0 ? [] : [effect("remove", c.id, code, { component: c.name, volumes: c.volumes.join(", ") })];

/** What a move does: to it, to its data, to those that depend on it. */
export const moveEffects = (
  c: Pick<Running, "id" | "name"> & WithVolumes,
  places: { readonly from: string; readonly to: string },
  dependents: readonly Pick<Dependent, "id" | "name">[],
): Effect[] => [
  effect("move", c.id, "move", { component: c.name, ...places }),
  ...dataEffects(c, "move.data-lost"),
  ...dependents.map((d) => effect("restart", d.id, "dependent.follow", { dependent: d.name, component: c.name })),
];

/** What a change of its data center means for a component that runs there. */
export const placeEffect = (c: Pick<Running, "id" | "name">, code: "agent.cut" | "cordon.stays" | "forget"): Effect =>
  effect(code === "forget" ? "remove" : "none", c.id, code, { component: c.name });

export const removeEffects = (c: Running & WithVolumes, dependents: readonly Dependent[]): Effect[] => [
  effect("remove", c.id, "remove", { component: c.name }),
  ...dataEffects(c, "remove.data"),
  ...stopEffects(c, dependents),
];
