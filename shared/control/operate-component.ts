import { Fault } from "../base/fault.ts";
import type { Component } from "../contract/component.ts";
import type { ComponentId, ReleaseId } from "../contract/id.ts";
import type { ComponentOperationKind, Operation } from "../contract/operation.ts";
import { configurationWith } from "../domain/component.ts";
import { contentChanges } from "../domain/plan-change.ts";
import { assertRoomFor, roomOfAll, roomTaken } from "../domain/quota.ts";
import { assertFitsRelease } from "../domain/release-size.ts";
import type { Write } from "../ports/table.ts";
import type { Secrets } from "../ports/secrets.ts";
import { beginOperation, type Decision } from "./begin-operation.ts";
import type { Caller } from "./change.ts";
import { type ComponentRecord, components, keyOf, type ReleaseRecord, releases, variableRows } from "./component-tables.ts";
import type { ViewDeps } from "./component-view.ts";
import type { Core } from "./core.ts";
import { assertDependencies } from "./dependencies.ts";
import { listAll, put, read } from "./entity.ts";
import { findRelease } from "./find.ts";
import { makeRelease } from "./make-release.ts";
import { assertRunsThere } from "./place-component.ts";
import { claim } from "./quota.ts";
import type { SourceDeps } from "./source.ts";
import { currentVariables, openVariables, sealVariables } from "./sealed-variables.ts";

export type OperateDeps = Core & ViewDeps & { readonly secrets: Secrets } & SourceDeps;
type Accepted = Promise<{ operation: Operation; component: Component }>;

/** @throws Fault `internal` when a component names a release that is not there. */
export async function currentRelease(deps: Core, record: ComponentRecord): Promise<ReleaseRecord> {
  const found =
    record.release && (await read(deps.table, releases, keyOf.release(record.tenant, record.id, record.release.number)));
  if (!found) throw new Fault("internal", "The component's release is not there.", { detail: { component: record.id } });
  return found;
}

/** The same release, otherwise: changed in how many, whether, or since when it runs. */
const again = (
  deps: OperateDeps,
  caller: Caller,
  asked: { component: ComponentId; kind: ComponentOperationKind },
  change: (record: ComponentRecord) => Partial<ComponentRecord>,
  claims: (record: ComponentRecord) => Promise<readonly Write[]> = async () => [],
): Accepted =>
  beginOperation(deps, caller, asked, async (record) => {
    const changes = change(record);
    const [writes, release] = await Promise.all([claims(record), currentRelease(deps, record)]);
    const audit = Object.entries(changes).map(([path, after]) => ({
      path,
      before: record[path as keyof ComponentRecord],
      after,
    }));
    return { changes, desired: { release }, audit, effects: { writes, commands: [] } };
  });

export const startComponent = (deps: OperateDeps, caller: Caller, component: ComponentId): Accepted =>
  again(deps, caller, { component, kind: "start" }, () => ({ wanted: "running" }));
export const stopComponent = (deps: OperateDeps, caller: Caller, component: ComponentId): Accepted =>
  again(deps, caller, { component, kind: "stop" }, () => ({ wanted: "stopped" }));
export const restartComponent = (deps: OperateDeps, caller: Caller, component: ComponentId): Accepted =>
  again(deps, caller, { component, kind: "restart" }, (record) => ({ restart: record.restart + 1 }));

/** Takes effect without a new release. */
export const scaleComponent = (
  deps: OperateDeps,
  caller: Caller,
  { component, replicas }: { component: ComponentId; replicas: number },
): Accepted =>
  again(
    deps,
    caller,
    { component, kind: "scale" },
    (record) => {
      const isServing = record.deployed !== null && record.deployed.id === record.release?.id;
      return {
        replicas,
        configuration: { ...record.configuration, replicas },
        ...(isServing && record.deployed && { deployed: { ...record.deployed, replicas } }),
      };
    },
    async (record) => [await claimRoom(deps, record, configurationWith(record.configuration, { replicas }))],
  );

/** @throws Fault `exhausted` when the team would take more than it may. */
export const claimRoom = (
  deps: Core,
  { tenant, id, ...record }: Pick<ComponentRecord, "id" | "tenant" | "releasedSize" | "replicas">,
  configuration: ComponentRecord["configuration"],
): Promise<Write> =>
  claim(deps, tenant, async (quota) => {
    const all = await listAll(deps.table, components, { pk: `tenant#${tenant}`, prefix: "component#" });
    const before = all.find((component) => component.id === id);
    const after = roomTaken({ ...(before ?? record), configuration });
    assertRoomFor(quota, roomOfAll(all.map(roomTaken)), { before: before && roomTaken(before), after });
  });

/** The current artifact with the current configuration and variables. */
export const configureComponent = (deps: OperateDeps, caller: Caller, component: ComponentId): Accepted =>
  beginOperation(deps, caller, { component, kind: "configure" }, async (record) => {
    const [current, variables] = await Promise.all([currentRelease(deps, record), currentVariables(deps, record)]);
    assertFitsRelease(record.name, { configuration: record.configuration, variables: variables.variables });
    const sealed = variables.sealed ?? (await sealVariables(deps, record.tenant, []));
    const content = { ...pickContent(current), configuration: record.configuration, sealed };
    return released(deps, caller, { record, current, content, reason: "configuration", rollbackOf: null });
  });

/**
 * A release to go back to, which was made when its place, its team and others had what it asks for. What it depends on now already, it may go on without.
 * @throws Fault `not_found`, `invalid`, `exhausted`.
 */
export async function releaseAgain(
  deps: Core,
  record: ComponentRecord,
  release: ReleaseId,
): Promise<{ old: ReleaseRecord; claimed: Write }> {
  const old = await findRelease(deps, record, release);
  const { configuration } = old;
  const known = record.configuration.dependencies;
  const dependencies = configuration.dependencies.filter(
    (d) => !known.some((k) => k.component === d.component && k.port === d.port),
  );
  const [claimed] = await Promise.all([
    claimRoom(deps, record, configuration),
    assertRunsThere(deps, record, configuration),
    assertDependencies(deps, record, { ...configuration, dependencies }),
  ]);
  return { old, claimed };
}

/** W7: a new release with all that the old one had; it becomes the component's own configuration and variables again. */
export const rollbackComponent = (
  deps: OperateDeps,
  caller: Caller,
  asked: { component: ComponentId; release: ReleaseId },
): Accepted =>
  beginOperation(deps, caller, { component: asked.component, kind: "rollback" }, async (record) => {
    const { old, claimed } = await releaseAgain(deps, record, asked.release);
    const [current, { generation }] = await Promise.all([currentRelease(deps, record), currentVariables(deps, record)]);
    const variables = { tenant: record.tenant, component: record.id, sealed: old.sealed, generation: generation + 1 };
    const rollbackOf = old.rollbackOf ?? old.number;
    const decision = await released(deps, caller, { record, current, content: pickContent(old), reason: "rollback", rollbackOf });
    return {
      ...decision,
      changes: { ...decision.changes, configuration: old.configuration, wanted: "running" },
      effects: { writes: [...(decision.effects?.writes ?? []), claimed, put(variableRows, variables)], commands: [] },
    };
  });

/** A tag may point elsewhere by now: the very images that ran are what comes again. */
function sameArtifact({ artifact, id, configuration }: ReleaseRecord): ReleaseRecord["artifact"] {
  const hasTags = artifact.kind === "image" || configuration.attachments.length > 0;
  return hasTags ? { ...artifact, pinnedBy: artifact.pinnedBy ?? id } : artifact;
}

const pickContent = (release: ReleaseRecord) => ({
  artifact: sameArtifact(release),
  configuration: release.configuration,
  sealed: release.sealed,
  build: release.build,
  commit: release.commit,
});

async function released(
  deps: OperateDeps,
  caller: Caller,
  asked: {
    record: ComponentRecord;
    current: ReleaseRecord;
    content: ReturnType<typeof pickContent>;
    reason: "configuration" | "rollback";
    rollbackOf: number | null;
  },
): Promise<Decision> {
  const { record, current, content, reason, rollbackOf } = asked;
  const { release, changes, writes } = makeRelease(deps, record, { ...content, reason, rollbackOf, createdBy: caller.actor });
  const [before, after] = await Promise.all([current, release].map((r) => openContent(deps, r)));
  return {
    changes,
    desired: { release, isNew: true },
    effects: { writes, commands: [] },
    audit: before && after ? contentChanges(before, after) : [],
  };
}

export const openContent = async (deps: { secrets: Secrets }, release: ReleaseRecord) => ({
  artifact: release.artifact,
  configuration: release.configuration,
  variables: await openVariables(deps, release.tenant, release.sealed),
});
