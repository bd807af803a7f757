import type * as z from "zod";
import type { Plan } from "../../contract/component.ts";
import type { DataCenterId } from "../../contract/id.ts";
import type { operations } from "../../contract/operations.ts";
import { dependenciesFirst, placeOf, volumesOf } from "../../domain/movement.ts";
import { moveEffects, placeEffect, removeEffects } from "../../domain/plan-change.ts";
import type { Caller } from "../change.ts";
import type { ComponentRecord, DataCenterRecord } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { findDataCenter, findOwnDataCenter } from "../find.ts";
import { mayReach } from "../../domain/authorize.ts";
import { refusalsToDrain } from "./drain.ts";
import { componentsIn } from "./operation.ts";

type Asked = z.infer<(typeof operations)["dataCenterPlan"]["body"]>;

/** A7: which components a change of their data center touches, and how; what would be refused is among the warnings. */
export async function planDataCenter(
  deps: Core,
  caller: Caller,
  asked: { dataCenter: DataCenterId; change: Asked },
): Promise<Plan> {
  const record = await findOwnDataCenter(deps, caller, asked.dataCenter);
  const all = dependenciesFirst(await componentsIn(deps, caller.tenant, record.id));
  return planned(deps, caller, { record, parts: all.filter((c) => mayReach(caller, c.application)) }, asked.change);
}

interface Facts {
  readonly record: DataCenterRecord;
  readonly parts: readonly ComponentRecord[];
}
async function planned(deps: Core, caller: Caller, { record, parts }: Facts, change: Asked): Promise<Plan> {
  const plain = (code: Parameters<typeof placeEffect>[1]) => parts.map((part) => placeEffect(part, code));
  switch (change.kind) {
    case "cordon":
      return {
        changes: [{ path: "cordoned", before: record.cordoned, after: true }],
        effects: plain("cordon.stays"),
        warnings: [],
      };
    case "revoke":
      return { changes: [{ path: "agent", before: record.agent, after: null }], effects: plain("agent.cut"), warnings: [] };
    case "leave": {
      // What serves elsewhere and was only about to come stays there.
      const here = parts.filter((part) => placeOf(part) === record.id);
      const effects = change.keep
        ? here.map((part) => placeEffect(part, "forget"))
        : here.flatMap((part) =>
            removeEffects(
              { ...part, replicas: part.release === null ? 0 : part.replicas, volumes: volumesOf(part.configuration) },
              [],
            ),
          );
      return { changes: [{ path: "", before: record.name, after: null }], effects, warnings: [] };
    }
    case "drain": {
      const to = await findDataCenter(deps, caller, change.to);
      const refusals = await refusalsToDrain(deps, parts, { from: record, to, leaveData: change.leaveData });
      return {
        changes: [{ path: "cordoned", before: record.cordoned, after: true }],
        effects: parts.flatMap((part) =>
          moveEffects({ ...part, volumes: volumesOf(part.configuration) }, { from: record.name, to: to.name }, []),
        ),
        warnings: refusals.map(({ code, message, next }) => ({ code, message: `${message} ${next}` })),
      };
    }
  }
}
