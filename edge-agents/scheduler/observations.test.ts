import { Fault } from "../../shared/base/fault.ts";
import { workloadOf } from "../../test/edge/workloads.ts";
import { observationsOf, refusalsOf } from "./observations.ts";

const workload = workloadOf(1);
const apply = (error: unknown) => ({ step: { kind: "apply" as const, workload }, error });

test("W5: what the cluster will not take is told in its words; what may go well the next time is waited for", () => {
  const taken = new Fault("invalid", "There is already a Namespace, made by somebody else.", { next: "Rename or remove it." });
  const held = refusalsOf([
    apply(taken),
    apply(new Fault("unavailable", "The API server did not answer.")),
    apply(new Error("a bug")),
    { step: { kind: "remove", component: workload.component }, error: taken },
  ]);
  expect(observationsOf([], { tombstones: [], held }, () => [])).toMatchObject([
    {
      component: workload.component,
      generation: workload.generation,
      phase: "failed",
      signals: [
        {
          code: "cluster.refused",
          detail: { message: "There is already a Namespace, made by somebody else. Rename or remove it." },
        },
      ],
    },
  ]);
});
