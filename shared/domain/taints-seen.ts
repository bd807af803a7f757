import { Fault } from "../base/fault.ts";
import type { FoundTaint, NodeChange } from "../contract/data-center.ts";
import { adviceFor } from "./advice.ts";
import { isKubernetesOwn, taintText } from "./node-change.ts";

/** Those of people, in any order: the rest comes and goes by itself. */
const taintsOf = (taints: readonly FoundTaint[]): string =>
  taints
    .filter(({ key }) => !isKubernetesOwn(key))
    .map(taintText)
    .toSorted()
    .join(", ");

/** @throws Fault `conflict` when the taints are neither those that the change was made of nor, as it was done already, those that it makes. */
export function assertTaintsSeen(node: string, current: readonly FoundTaint[], change: NodeChange): void {
  if (change.kind !== "edit" || !change.taints || !change.taintsSeen) return;
  const taints = taintsOf(current);
  if (taints === taintsOf(change.taintsSeen) || taints === taintsOf(change.taints)) return;
  const detail = { node, ...(taints !== "" && { taints: taints.slice(0, 500) }) };
  const { code, message, next, params } = adviceFor({ code: "node.taints-changed", detail });
  throw new Fault("conflict", message, { next, reason: code, params });
}
