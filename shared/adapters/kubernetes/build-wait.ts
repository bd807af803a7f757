import type { Advice } from "../../contract/component.ts";
import { waitingFor } from "../../domain/build/waiting-builder.ts";
import { timeOf } from "./container-signals.ts";
import { refusalSignals, scheduleSignals } from "./place-signals.ts";
import { allowances, type BuildsContext } from "./render/build-job.ts";
import type { ClusterEvent, Node, Pod } from "./shapes.ts";

/** The nodes, and every pod that is known, of whomever: they take room. */
export interface Surroundings {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
}

/** Why a builder has not begun: no node has room for its pod, or the cluster makes none. Nothing where it is only being begun. */
export function whyWaiting(
  seen: Surroundings & { readonly own: readonly Pod[]; readonly events: readonly ClusterEvent[] },
  context: Pick<BuildsContext, "dataCenter" | "memoryMib" | "diskMib">,
): Advice[] {
  const { nodes, pods, own, events } = seen;
  const refusal = events
    .filter((event) => event.reason === "FailedCreate")
    .toSorted((a, b) => timeOf(a) - timeOf(b))
    .at(-1);
  const signals =
    own.length > 0
      ? own.flatMap((pod) => scheduleSignals(pod, { nodes, pods: () => pods }))
      : refusal
        ? refusalSignals(refusal.message ?? "")
        : [];
  return signals.map((signal) => waitingFor(signal, allowances(context)));
}
