import type { TeamLimits } from "../contract/quota.ts";
import type { Workload, WorkloadBinding } from "../contract/agent.ts";
import type { Component, Configuration, Variable } from "../contract/component.ts";
import type { Release } from "../contract/release.ts";
import { hostsOf } from "./component.ts";

/** A variable with its value in the open. Never leaves the platform except to what runs or builds the component. */
export interface OpenVariable {
  readonly name: string;
  readonly kind: Variable["kind"];
  readonly value: string;
  readonly updatedAt: string;
}
/** What the API answers: a secret keeps its value to itself. */
export const maskedVariable = (v: OpenVariable): Variable => ({ ...v, value: v.kind === "secret" ? null : v.value });

export const valuesOf = (variables: readonly OpenVariable[]): Record<string, string> =>
  Object.fromEntries(variables.map((v) => [v.name, v.value]));

const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, v]) => v !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, inOrder(v)]),
  );
};
/** Equal as data, whatever the order of keys. */
export const sameData = (a: unknown, b: unknown): boolean => JSON.stringify(inOrder(a)) === JSON.stringify(inOrder(b));

const named = (variables: readonly OpenVariable[]) =>
  variables.map(({ name, kind, value }) => ({ name, kind, value })).sort((a, b) => (a.name < b.name ? -1 : 1));
export const sameVariables = (a: readonly OpenVariable[], b: readonly OpenVariable[]): boolean => sameData(named(a), named(b));

/** A scale takes effect without a release: `replicas` is how many instances are wanted of it since. */
export const isUndeployed = (facts: {
  configuration: Configuration;
  variables: readonly OpenVariable[];
  released: { configuration: Configuration; variables: readonly OpenVariable[]; replicas: number } | null;
}): boolean =>
  facts.released !== null &&
  !(
    sameData(facts.configuration, { ...facts.released.configuration, replicas: facts.released.replicas }) &&
    sameVariables(facts.variables, facts.released.variables)
  );

type Runs = Pick<Component, "id" | "tenant" | "application" | "name" | "wanted"> & {
  readonly host: string;
  readonly restart: number;
};
interface WorkloadFacts {
  readonly component: Runs;
  readonly applicationName: string;
  readonly release: Pick<Release, "id" | "number" | "artifact" | "configuration">;
  readonly replicas: number;
  readonly bindings: readonly WorkloadBinding[];
  readonly generation: number;
  readonly requiresProvenance: boolean;
  readonly limits: TeamLimits;
}

/** All a data center must know to run a release, except its variables: these stay sealed until they are served. */
export function workloadFor(facts: WorkloadFacts): Omit<Workload, "variables"> {
  const { component, release } = facts;
  return {
    version: 1,
    tenant: component.tenant,
    application: component.application,
    applicationName: facts.applicationName,
    component: component.id,
    componentName: component.name,
    generation: facts.generation,
    release: release.id,
    releaseNumber: release.number,
    artifact: release.artifact,
    configuration: {
      ...release.configuration,
      command: release.configuration.command ?? release.artifact.command,
      health: resolvedHealth(release.configuration),
      replicas: facts.replicas,
    },
    bindings: [...facts.bindings],
    hosts: hostsOf(release.configuration.ports, component.host),
    restart: component.restart,
    wanted: component.wanted,
    ...(facts.requiresProvenance && { requiresProvenance: true }),
    limits: facts.limits,
  };
}

/** A check that names no port asks the lowest one; with no port at all, alive is healthy. */
function resolvedHealth(c: Configuration): Configuration["health"] {
  if (c.health.kind === "none" || c.health.port !== undefined) return c.health;
  const candidates = c.health.kind === "http" ? c.ports.filter((p) => p.protocol === "http") : c.ports;
  const port = candidates.map((p) => p.port).sort((a, b) => a - b)[0];
  return port === undefined ? { ...c.health, kind: "none" } : { ...c.health, port };
}
