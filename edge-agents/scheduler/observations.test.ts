import { Fault } from "../../shared/base/fault.ts";
import { workloadOf } from "../../test/edge/workloads.ts";
import { observations, refusalOf } from "./observations.ts";

const workload = workloadOf(1);
const refusal = (error: unknown) => refusalOf({ kind: "apply", ...workload }, error);

test("W5: what the cluster will not take is told in its words; what may go well the next time is waited for", () => {
  const taken = new Fault("invalid", "There is already a Namespace, made by somebody else.", { next: "Rename or remove it." });
  expect(refusal(new Fault("unavailable", "The API server did not answer."))).toBeNull();
  expect(refusal(new Error("a bug"))).toBeNull();
  expect(refusalOf({ kind: "remove", component: workload.component }, taken)).toBeNull();
  const held = [refusal(taken)].filter((each) => each !== null);
  expect(observations(() => [])([], { tombstones: [], held })).toMatchObject([
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
