import type * as z from "zod";
import type { Plan } from "../contract/component.ts";
import type { ComponentId } from "../contract/id.ts";
import type { operations } from "../contract/operations.ts";
import { objectionTo } from "../domain/component.ts";
import { placeOf, volumesOf } from "../domain/movement.ts";
import {
  buildEffect,
  type Content,
  contentChanges,
  type Dependent,
  moveEffects,
  releaseEffects,
  removeEffects,
  scaleEffects,
  stopEffects,
} from "../domain/plan-change.ts";
import { assertFitsRelease } from "../domain/release-size.ts";
import type { Repositories } from "../ports/repositories.ts";
import type { Caller } from "./change.ts";
import type { ComponentRecord } from "./component-tables.ts";
import { dependentsOf } from "./dependencies.ts";
import { findComponent, findDataCenter } from "./find.ts";
import { refusalsToMove } from "./move-component.ts";
import { claimRoom, currentRelease, type OperateDeps, openContent, releaseAgain } from "./operate-component.ts";
import { currentVariables } from "./sealed-variables.ts";
import { updateChanges, updated } from "./update-component.ts";
import { editOf, openVariablesFrom } from "./update-variables.ts";

type Asked = z.infer<(typeof operations)["componentPlan"]["body"]>;
type Deps = OperateDeps & { readonly repositories: Repositories };

/** A7: what a change would do, without doing it. Whatever the change itself would refuse is refused here too. */
export async function planComponent(deps: Deps, caller: Caller, asked: { component: ComponentId; change: Asked }): Promise<Plan> {
  const record = await findComponent(deps, caller, asked.component);
  const [dependents, own, running] = await Promise.all([
    dependentsOf(deps, record),
    ownContent(deps, record),
    runningContent(deps, record),
  ]);
  const plan = await planned(deps, { record, dependents, own, running }, asked.change);
  const objection = objectionTo(commandOf(asked.change), record);
  return objection === null ? plan : { ...plan, warnings: [...plan.warnings, objection] };
}

interface Facts {
  readonly record: ComponentRecord;
  readonly dependents: readonly Dependent[];
  /** As configured now. */
  readonly own: Content;
  /** As released now; before the first release, nothing. */
  readonly running: Content;
}

const commandOf = ({ kind }: Asked) => (kind === "variables" ? "update" : kind);
const partsOf = (record: ComponentRecord) => ({
  ...record,
  replicas: record.release === null ? 0 : record.replicas,
  volumes: volumesOf(record.configuration),
});

async function planned(deps: Deps, facts: Facts, change: Asked): Promise<Plan> {
  const { record, dependents, own, running } = facts;
  switch (change.kind) {
    case "update": {
      const after = await updated(deps, record, change.update);
      if (change.update.configuration) await claimRoom(deps, record, after.configuration);
      const changes = updateChanges(record, after);
      if (!change.update.configuration) return { changes, effects: [], warnings: onlySaved(changes) };
      const { effects } = released(facts, running, { ...own, configuration: after.configuration });
      return { changes, effects, warnings: [later(record)] };
    }
    case "variables": {
      const before = { ...own, variables: withoutGuesses(own.variables, change.set) };
      const content = { ...own, variables: openVariablesFrom(deps.clock.now(), before.variables, editOf(change)) };
      assertFitsRelease(record.name, content);
      return { ...released(facts, running, content), changes: contentChanges(before, content), warnings: [later(record)] };
    }
    case "configure":
      assertFitsRelease(record.name, own);
      return released(facts, running, { ...own, artifact: running.artifact });
    case "deploy": {
      assertFitsRelease(record.name, own);
      const plan = released(facts, running, { ...own, artifact: running.artifact });
      const build = record.source.kind === "image" ? [] : [buildEffect(record)];
      return { ...plan, effects: [...build, ...plan.effects] };
    }
    case "rollback": {
      const { old } = await releaseAgain(deps, { ...record, dataCenter: placeOf(record) }, change.release);
      return released(facts, running, await openContent(deps, old));
    }
    case "scale": {
      await claimRoom(deps, record, { ...record.configuration, replicas: change.replicas });
      const changes = [{ path: "configuration.replicas", before: record.replicas, after: change.replicas }];
      return { changes, effects: scaleEffects(partsOf(record), change.replicas), warnings: [] };
    }
    case "stop":
      return {
        changes: [{ path: "wanted", before: record.wanted, after: "stopped" }],
        effects: stopEffects(partsOf(record), dependents),
        warnings: [],
      };
    case "move":
      return plannedMove(deps, facts, change);
    case "remove":
      return { changes: [], effects: removeEffects(partsOf(record), dependents), warnings: [] };
  }
}

/** A secret that is set is told as changed, whatever its value: whoever may only look could guess at it otherwise. */
const withoutGuesses = (variables: Content["variables"], set: object): Content["variables"] =>
  variables.map((v) => (v.kind === "secret" && Object.hasOwn(set, v.name) ? { ...v, value: noValue } : v));
/** A value holds no NUL. */
const noValue = "\0";

async function plannedMove(deps: Deps, { record, dependents }: Facts, change: Extract<Asked, { kind: "move" }>): Promise<Plan> {
  const asker = { tenant: record.tenant, applications: null };
  const [from, to] = await Promise.all([record.dataCenter, change.dataCenter].map((id) => findDataCenter(deps, asker, id)));
  if (!from || !to) return { changes: [], effects: [], warnings: [] };
  const refusals = await refusalsToMove(deps, record, { to, leaveData: change.leaveData });
  return {
    changes: [{ path: "dataCenter", before: from.name, after: to.name }],
    effects: moveEffects({ ...record, volumes: volumesOf(record.configuration) }, { from: from.name, to: to.name }, dependents),
    warnings: refusals.map(({ code, message, next: advice }) => ({ code, message: `${message} ${advice}` })),
  };
}

const released = ({ record, dependents }: Facts, before: Content, after: Content): Plan => ({
  changes: contentChanges(before, after),
  effects: releaseEffects(partsOf(record), before, after, dependents),
  warnings: [],
});
const later = (record: ComponentRecord): Plan["warnings"][number] =>
  record.release === null
    ? { code: "later.first-deploy", message: "It takes effect at the first deploy." }
    : {
        code: "later.deploy",
        message: "This happens when the edit is applied, by a deploy or configure; only saved, it changes nothing that runs.",
      };
/** A name is no part of what runs; what a build is made of waits for the next one. */
const onlySaved = (changes: Plan["changes"]): Plan["warnings"] =>
  changes.every(({ path }) => path === "name")
    ? []
    : [{ code: "later.build", message: "It takes effect at the next deploy; until then what runs stays as it is." }];

async function ownContent(deps: Deps, record: ComponentRecord): Promise<Content> {
  const { variables } = await currentVariables(deps, record);
  return { configuration: record.configuration, variables, artifact: null };
}

/** A scale took effect without a release. */
async function runningContent(deps: Deps, record: ComponentRecord): Promise<Content> {
  if (record.release === null) return { configuration: { ...record.configuration, ports: [] }, variables: [], artifact: null };
  const content = await openContent(deps, await currentRelease(deps, record));
  return { ...content, configuration: { ...content.configuration, replicas: record.replicas } };
}
