import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import type { Tracer } from "../../shared/ports/tracer.ts";
import { rollouts } from "./rollouts.ts";

const workload = { component: "cmp_1", tenant: "tnt_1", generation: 1 } as unknown as Workload;

test("a change of a component that is removed ends with it: nothing told later belongs to it, and nothing of it is kept", () => {
  const ended: unknown[] = [];
  const tracer: Tracer = {
    begin: (_, { parent }) => ({ trace: `${parent}/rollout`, end: (_fields, failure) => ended.push(failure) }),
    flush: async () => {},
  };
  const traced = rollouts(tracer, { clock: steppedClock(), askedBy: () => "asked" });
  traced.begun(workload);
  expect(traced.traceOf(workload)).toBe("asked/rollout");
  traced.gone(workload.component);
  traced.gone(workload.component);
  expect([ended, traced.traceOf(workload)]).toEqual([["removed"], undefined]);
});
