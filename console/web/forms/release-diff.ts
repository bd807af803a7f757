import type { Change, Variable } from "../../../shared/contract/component.ts";
import type { Release } from "../../../shared/contract/release.ts";
import { changesBetween } from "../../../shared/domain/plan-change.ts";

const digestOf = ({ artifact }: Release): string => artifact.digest ?? (artifact.kind === "image" ? artifact.reference : "");
const shown = (v: Variable | undefined) => (v === undefined ? null : v.kind === "secret" ? "••••••" : v.value);

function variableChanges(before: readonly Variable[], after: readonly Variable[]): Change[] {
  const old = new Map(before.map((v) => [v.name, v]));
  const now = new Map(after.map((v) => [v.name, v]));
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [a, b] = [old.get(name), now.get(name)];
    // A secret's value is never answered; when it was set tells whether it is another one.
    const same = a?.kind === b?.kind && (a?.kind === "secret" ? a.updatedAt === b?.updatedAt : a?.value === b?.value);
    return same ? [] : [{ path: `variables.${name}`, before: shown(a), after: shown(b) }];
  });
}

/** What differs between two releases of one component. */
export const releaseDiff = (before: Release, after: Release): Change[] => [
  ...(digestOf(before) === digestOf(after) ? [] : [{ path: "artifact", before: digestOf(before), after: digestOf(after) }]),
  ...(before.commit?.id === after.commit?.id
    ? []
    : [{ path: "commit", before: before.commit?.id ?? null, after: after.commit?.id ?? null }]),
  ...changesBetween("configuration", before.configuration, after.configuration),
  ...variableChanges(before.variables, after.variables),
];
