import type { Configuration } from "../contract/component.ts";
import type { Operation } from "../contract/operation.ts";
import type { Artifact } from "../contract/release.ts";
import type { Proposal } from "../contract/source.ts";
import type { Secrets } from "../ports/secrets.ts";
import { type BuildRecord, type ComponentRecord, components } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { desire } from "./desire.ts";
import { type Effects, publish, together } from "./effects.ts";
import { movedOperation, newestOf } from "./end-operation.ts";
import { next, put } from "./entity.ts";
import { makeRelease } from "./make-release.ts";
import { currentVariables, sealVariables } from "./sealed-variables.ts";

/** A build that succeeded becomes the component's next release, with its configuration and variables as they are now. */
export async function releaseBuild(
  deps: Core & { secrets: Secrets },
  facts: { record: ComponentRecord; operation: Operation; build: BuildRecord; artifact: Artifact },
): Promise<Effects> {
  const { record, operation, build, artifact } = facts;
  const { sealed } = await currentVariables(deps, record);
  const configuration = inferredConfiguration(record, build.proposal);
  const { release, changes, writes } = makeRelease(deps, record, {
    artifact,
    configuration,
    sealed: sealed ?? (await sealVariables(deps, record.tenant, [])),
    build: build.id,
    commit: build.commit,
    reason: "deploy",
    rollbackOf: null,
    createdBy: operation.actor,
  });
  const revision = record.revision + 1;
  const at = deps.clock.now().toISOString();
  const moved = movedOperation(operation, { kind: "released", release: release.id, target: revision, at });
  const after = next(record, {
    ...changes,
    configuration,
    infersPorts: false,
    wanted: "running",
    newest: newestOf(moved.operation),
    revision,
    desired: revision,
  });
  const own: Effects = {
    writes: [put(components, after), ...writes],
    commands: [publish(record.tenant, "component", record.id)],
  };
  // The data center first: what comes before it in the queue delays the first request.
  return together(await desire(deps, after, release), own, moved);
}

/** P1: when no one named ports, those that the build found are opened; the first HTTP one to the world. */
function inferredConfiguration(record: ComponentRecord, proposal: Proposal | null): Configuration {
  if (!record.infersPorts || record.configuration.ports.length > 0 || !proposal) return record.configuration;
  const first = proposal.ports.find((p) => p.protocol === "http");
  const ports = proposal.ports.map((p) => ({ ...p, internal: true, external: p === first }));
  return { ...record.configuration, ports };
}
