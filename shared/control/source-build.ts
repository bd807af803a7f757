import { BuildId, type OperationId } from "../contract/id.ts";
import type { Source } from "../contract/source.ts";

import { buildSteps, stepsFor } from "../domain/operation.ts";
import { type BuildRecord, builds, type ComponentRecord, watches } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { credentialFor } from "./credential.ts";
import { type Effects, publish } from "./effects.ts";
import { startBuildCommand } from "./start-build-command.ts";
import { put } from "./entity.ts";
import { usedSource } from "./source.ts";

/** How a report of nothing yet looks. */
export const unreported = { reportSequence: 0, handle: null, attempt: 0, lines: 0, base: 0, uncounted: 0 } as const;

/** A build of the source, waiting for its turn. */
export async function queuedBuild(
  deps: Pick<Core, "ids" | "clock" | "table" | "trace">,
  record: ComponentRecord,
  asked: { operation: OperationId; source: Source },
): Promise<{ build: BuildRecord; effects: Effects }> {
  const id = BuildId.parse(deps.ids.next("bld"));
  const createdAt = deps.clock.now().toISOString();
  const build: BuildRecord = {
    id,
    tenant: record.tenant,
    component: record.id,
    ...asked,
    state: "queued",
    commit: null,
    language: null,
    steps: stepsFor("deploy", true).filter((s) => (buildSteps as readonly string[]).includes(s.name)),
    findings: [],
    artifact: null,
    cache: null,
    cacheMisses: [],
    advice: [],
    failure: null,
    createdAt,
    startedAt: null,
    endedAt: null,
    generation: 1,
    ...unreported,
    stops: 0,
    credential: credentialFor(record, asked.source),
    forced: record.language,
    proposal: null,
    ...(deps.trace !== undefined && { trace: deps.trace }),
  };
  return {
    build,
    effects: {
      writes: [
        put(builds, build),
        put(watches, { kind: "build", tenant: record.tenant, id, dueAt: createdAt, generation: 1 }),
        ...(await usedSource(deps, record.tenant, asked.source)),
      ],
      commands: [startBuildCommand(record.tenant, id), publish(record.tenant, "build", id)],
    },
  };
}
