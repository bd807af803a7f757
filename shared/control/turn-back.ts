import type { OperationKind } from "../contract/operation.ts";
import type { ComponentRecord } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { undesire } from "./desire.ts";
import { type Effects, noEffects } from "./effects.ts";

export interface Turned {
  readonly record: ComponentRecord;
  readonly effects: Effects;
  /** It is back where it came from, which was told an older generation. */
  readonly isHome: boolean;
}

/**
 * What a newer intent does to a move that is under way. Before it serves in the new place, it stays in the old one, and what was
 * started is removed. After, the move is as good as done; a component that is to go, or to move on, is removed from the old place at once.
 */
export async function turnedBack(
  deps: Pick<Core, "table" | "quota">,
  record: ComponentRecord,
  kind: OperationKind,
): Promise<Turned> {
  const { moving } = record;
  const revision = record.revision + 1;
  if (moving?.phase === "starting")
    return {
      record: { ...record, dataCenter: moving.from, moving: null },
      effects: await undesire(deps, record, record.dataCenter, revision),
      isHome: true,
    };
  if (moving === null || (kind !== "move" && kind !== "remove")) return { record, effects: noEffects, isHome: false };
  const effects = moving.phase === "switching" ? await undesire(deps, record, moving.from, revision) : noEffects;
  return { record: { ...record, moving: null }, effects, isHome: false };
}
