import { ReleaseId } from "../contract/id.ts";
import type { Actor } from "../contract/identity.ts";
import type { Release } from "../contract/release.ts";
import { sizeOf } from "../domain/quota.ts";
import type { Write } from "../ports/table.ts";
import { type ComponentRecord, type ReleaseRecord, releases } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { put } from "./entity.ts";

interface Content extends Pick<Release, "artifact" | "configuration" | "build" | "commit" | "reason" | "rollbackOf"> {
  readonly sealed: string;
  readonly createdBy: Actor;
}
export interface Released {
  readonly release: ReleaseRecord;
  /** What it changes in the component's record. */
  readonly changes: Partial<ComponentRecord>;
  readonly writes: readonly Write[];
}

/** The component's next release: numbered, immutable, and from now on what should run. */
export function makeRelease(deps: Pick<Core, "ids" | "clock">, record: ComponentRecord, content: Content): Released {
  const release: ReleaseRecord = {
    id: ReleaseId.parse(deps.ids.next("rel")),
    tenant: record.tenant,
    component: record.id,
    number: record.nextRelease,
    ...content,
    outcome: "pending",
    createdAt: deps.clock.now().toISOString(),
    generation: 1,
  };
  return {
    release,
    changes: {
      nextRelease: record.nextRelease + 1,
      release: { id: release.id, number: release.number },
      replicas: content.configuration.replicas,
      releasedSize: sizeOf(content.configuration),
      undeployed: false,
    },
    writes: [put(releases, release)],
  };
}
