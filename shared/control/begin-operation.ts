import type { Change, Component } from "../contract/component.ts";
import { type ComponentId, type DataCenterId, OperationId } from "../contract/id.ts";
import { Operation, type ComponentOperationKind } from "../contract/operation.ts";
import { assertComponentCan } from "../domain/component.ts";
import { nextOperation, patienceSeconds, stepsFor } from "../domain/operation.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import {
  type BuildRecord,
  type ComponentRecord,
  components,
  keyOf,
  operationRows,
  type ReleaseRecord,
  releases,
  watches,
} from "./component-tables.ts";
import { viewComponent, type ViewDeps } from "./component-view.ts";
import type { Core } from "./core.ts";
import { desire } from "./desire.ts";
import { type Effects, noEffects, publish, publishOperation, together } from "./effects.ts";
import { endOpenOperation, newestOf } from "./end-operation.ts";
import { next, put, read } from "./entity.ts";
import { findComponent } from "./find.ts";
import { turnedBack } from "./turn-back.ts";

/** What an operation does at once. */
export interface Decision {
  readonly changes: Partial<ComponentRecord>;
  /** What the data center should run from now on (null: nothing, ever again); absent: a build must end first. */
  readonly desired?: { readonly release: ReleaseRecord | null; readonly isNew?: boolean };
  readonly build?: BuildRecord;
  readonly effects?: Effects;
  /** What ran before a move that this turns back goes on there. */
  readonly again?: ReleaseRecord | undefined;
  /** For the audit entry. */
  readonly audit: readonly Change[];
}

interface Asked {
  readonly component: ComponentId;
  readonly kind: ComponentOperationKind;
  /** Of a move: where to. */
  readonly dataCenter?: DataCenterId;
  /** The operation of a data center that it is a step of. */
  readonly parent?: OperationId | undefined;
}

/**
 * Asks something of a component. In one transaction: the operation, what it supersedes, what it changes, what the data center should
 * run, the commands that follow. W6: the newest intent wins, and there is never more than one unfinished operation.
 */
export const beginOperation = (
  deps: Core & ViewDeps,
  caller: Caller,
  asked: Asked,
  decide: (record: ComponentRecord, operation: OperationId) => Promise<Decision>,
): Promise<{ operation: Operation; component: Component }> =>
  onConflictRetry(deps, async () => {
    const found = await findComponent(deps, caller, asked.component);
    assertComponentCan(asked.kind, found);
    const { record, effects: turned, isHome } = await turnedBack(deps, found, asked.kind);
    const id = OperationId.parse(deps.ids.next("op"));
    const [decided, superseded] = await Promise.all([
      decide(record, id),
      endOpenOperation(deps, record, (_, at) => ({ kind: "superseded", at })),
    ]);
    const operation = operationFor(deps, caller, { ...asked, record, id }, decided);
    const decision = isHome && !decided.desired ? { ...decided, again: await releaseOf(deps, record) } : decided;
    const after = recordAfter(record, operation, decision);
    const wanted = decision.desired?.release ?? decision.again;
    const [moved, component] = await Promise.all([
      decision.desired || decision.again ? desire(deps, after, wanted ?? null) : noEffects,
      viewComponent(deps, after, decision.build ? { build: decision.build } : {}),
    ]);
    const own: Effects = {
      writes: [
        put(components, after),
        put(operationRows, operation),
        put(watches, { kind: "operation", tenant: record.tenant, id, dueAt: operation.deadline, generation: 1 }),
      ],
      commands: [publishOperation(operation), publish(record.tenant, "component", record.id)],
    };
    const set = together(turned, moved, superseded, decision.effects ?? noEffects, own);
    const both = { operation, component };
    const audit = { subject: record.id, changes: decision.audit };
    await commit<unknown>(deps, caller, { ...set, audit }, asked.kind === "remove" ? operation : both);
    return both;
  });

function recordAfter(record: ComponentRecord, operation: Operation, decision: Decision): ComponentRecord {
  const revision = record.revision + 1;
  return next(record, {
    ...decision.changes,
    newest: newestOf(operation),
    revision,
    desired: decision.desired || decision.again ? revision : record.desired,
  });
}

const releaseOf = (deps: Core, { tenant, id, release }: ComponentRecord): Promise<ReleaseRecord | undefined> =>
  release ? read(deps.table, releases, keyOf.release(tenant, id, release.number)) : Promise.resolve(undefined);

function operationFor(
  deps: Pick<Core, "clock">,
  caller: Caller,
  about: Asked & { record: ComponentRecord; id: OperationId },
  decision: Decision,
): Operation {
  const { record, kind, id } = about;
  const now = deps.clock.now();
  const seconds = patienceSeconds(kind, decision.build !== undefined, record.configuration);
  const pending = Operation.parse({
    id,
    tenant: record.tenant,
    application: record.application,
    component: record.id,
    dataCenter: about.dataCenter ?? null,
    parent: about.parent ?? null,
    kind,
    state: "pending",
    steps: stepsFor(kind, decision.build !== undefined),
    target: null,
    build: decision.build?.id ?? null,
    release: null,
    failure: null,
    actor: caller.actor,
    createdAt: now.toISOString(),
    deadline: new Date(now.getTime() + seconds * 1_000).toISOString(),
    endedAt: null,
    generation: 1,
  });
  return decision.desired ? begun(pending, record.revision + 1, decision.desired, now.toISOString()) : pending;
}

/** The data center has to act: from here on the operation runs. */
function begun(pending: Operation, target: number, desired: NonNullable<Decision["desired"]>, at: string): Operation {
  const running = desired.isNew
    ? nextOperation(pending, { kind: "released", release: desired.release?.id ?? null, target, at })
    : { ...pending, state: "running" as const, target };
  return { ...running, generation: 1 };
}
