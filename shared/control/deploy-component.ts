import type { Component } from "../contract/component.ts";
import type { ComponentId, OperationId } from "../contract/id.ts";
import type { Operation } from "../contract/operation.ts";
import type { Source } from "../contract/source.ts";
import { changesBetween } from "../domain/plan-change.ts";
import { assertFitsRelease } from "../domain/release-size.ts";
import type { Secrets } from "../ports/secrets.ts";
import { beginOperation, type Decision } from "./begin-operation.ts";
import type { Caller } from "./change.ts";
import type { ComponentRecord } from "./component-tables.ts";
import type { ViewDeps } from "./component-view.ts";
import type { Core } from "./core.ts";
import { makeRelease } from "./make-release.ts";
import { currentVariables, sealVariables } from "./sealed-variables.ts";
import { queuedBuild } from "./source-build.ts";
import { assertSource, type SourceDeps } from "./source.ts";

/** Builds the source and releases it; an image is released as it is. */
export const deployComponent = (
  deps: Core & ViewDeps & SourceDeps & { secrets: Secrets },
  caller: Caller,
  asked: { component: ComponentId; source?: Source | undefined },
): Promise<{ operation: Operation; component: Component }> =>
  beginOperation(deps, caller, { component: asked.component, kind: "deploy" }, async (record, operation) => {
    const source = asked.source ?? record.source;
    const [current] = await Promise.all([currentVariables(deps, record), assertSource(deps, record.tenant, source)]);
    assertFitsRelease(record.name, { configuration: record.configuration, variables: current.variables });
    const decision =
      source.kind === "image"
        ? imageReleased(deps, caller, { record, source, sealed: current.sealed })
        : built(deps, record, operation, source);
    const { changes, ...rest } = await decision;
    return { ...rest, changes: { ...changes, source: keptSource(record.source, source) } };
  });

/** A newer upload or push replaces the component's own; a ref given for once does not. */
const keptSource = (own: Source, given: Source): Source =>
  own.kind === given.kind && (given.kind === "upload" || given.kind === "push") ? given : own;

async function built(deps: Core, record: ComponentRecord, operation: OperationId, source: Source): Promise<Decision> {
  const { build, effects } = await queuedBuild(deps, record, { operation, source });
  return { changes: { build: build.id }, build, effects, audit: changesBetween("source", record.source, source) };
}

async function imageReleased(
  deps: Core & { secrets: Secrets },
  caller: Caller,
  asked: { record: ComponentRecord; source: Extract<Source, { kind: "image" }>; sealed: string | null },
): Promise<Decision> {
  const { record, source, sealed } = asked;
  const { release, changes, writes } = makeRelease(deps, record, {
    artifact: { kind: "image", reference: source.image, digest: null, command: null, variables: {} },
    configuration: record.configuration,
    sealed: sealed ?? (await sealVariables(deps, record.tenant, [])),
    build: null,
    commit: null,
    reason: "deploy",
    rollbackOf: null,
    createdBy: caller.actor,
  });
  const audit = [{ path: "release", before: record.release?.number ?? null, after: release.number }];
  return {
    changes: { ...changes, wanted: "running" },
    desired: { release, isNew: true },
    effects: { writes, commands: [] },
    audit,
  };
}
