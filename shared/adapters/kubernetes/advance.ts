import type { Signal } from "../../domain/advice.ts";
import { advance } from "../../domain/timeline.ts";
import { type ComponentFacts, signalsOf } from "./observe.ts";
import type { ComponentRecord } from "./record.ts";
import { isRunning, type Judgement, type Rejection } from "./rollout.ts";

const without = (signals: readonly Signal[], more: readonly Signal[]): Signal[] =>
  more.filter((m) => !signals.some((s) => s.code === m.code));

/** The record of a workload that is given up: what was wrong stays told until a newer one is applied. */
export function rejected(facts: ComponentFacts, why: Omit<Rejection, "pod">, more: readonly Signal[] = []): ComponentRecord {
  const { record } = facts;
  const seconds = record.workload.configuration.health.startSeconds;
  const late: Signal[] = why.code === "instance.late" ? [{ code: "start.timeout", detail: { seconds } }] : [];
  const found = [...more, ...signalsOf(facts)];
  return {
    ...record,
    rejected: {
      code: why.code ?? "instance.cannot-start",
      message: why.message,
      ...(why.params && { params: why.params }),
      signals: [...found, ...without(found, late)],
    },
  };
}

/** What a judgement makes of the record; the very same record when that is nothing. Pure. */
export function advanced(facts: ComponentFacts, judgement: Judgement): ComponentRecord {
  const { record, now } = facts;
  if (judgement.reject) return rejected(facts, judgement.reject);
  const steps = advance(record.steps, judgement.progress, now);
  // What was stopped on purpose is nothing to fall back to.
  const isStopped = judgement.phase === "settled" && !isRunning(record.workload) && record.settled !== null;
  if (!judgement.promote && !isStopped && JSON.stringify(steps) === JSON.stringify(record.steps)) return record;
  return {
    ...record,
    steps,
    ...(judgement.promote && { settled: record.workload, rejected: null }),
    ...(isStopped && { settled: null }),
  };
}
