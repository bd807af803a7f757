import fc from "fast-check";
import type { Workload } from "../../shared/contract/agent.ts";
import { componentOf, type Desired, plan, type Running } from "./plan.ts";

const names = ["a", "b", "c", "d"];
const workload = fc.record({
  component: fc.constantFrom(...names),
  generation: fc.integer({ min: 1, max: 4 }),
}) as unknown as fc.Arbitrary<Workload>;
const world = fc.uniqueArray(workload, { selector: (w) => w.component });
const running = (w: Workload): Running => ({ component: w.component, workload: w });
const some = fc.subarray(names) as unknown as fc.Arbitrary<Desired["gone"]>;
const desired = fc
  .record({ workloads: world, gone: some, complete: fc.boolean(), held: some })
  .map((d): Desired => ({ ...d, held: d.held.filter((component) => !d.workloads.some((w) => w.component === component)) }));

/** What must run afterwards, written without looking at plan(). */
function expected(want: Desired, start: readonly Workload[]) {
  const after = new Map(start.map((w) => [w.component, w]));
  for (const w of want.workloads) if ((after.get(w.component)?.generation ?? 0) < w.generation) after.set(w.component, w);
  for (const component of want.gone) after.delete(component);
  if (want.complete)
    for (const component of [...after.keys()])
      if (!want.workloads.some((w) => w.component === component) && !want.held.includes(component)) after.delete(component);
  return after;
}

describe("W6: the scheduler's plan", () => {
  test("leads to what is wanted, and then rests", () => {
    fc.assert(
      fc.property(desired, world, (want, start) => {
        const cluster = new Map(start.map((w) => [w.component, w]));
        for (const step of plan(want, start.map(running))) {
          if (step.kind === "remove") cluster.delete(step.component);
          else cluster.set(step.workload.component, step.workload);
        }
        expect(cluster).toEqual(expected(want, start));
        expect(plan(want, [...cluster.values()].map(running))).toEqual([]);
      }),
    );
  });

  test("an incomplete list of what is wanted removes nothing that was not named as gone", () => {
    fc.assert(
      fc.property(world, world, (workloads, start) => {
        const steps = plan({ workloads, gone: [], complete: false, held: [] }, start.map(running));
        expect(steps.filter((s) => s.kind === "remove")).toEqual([]);
      }),
    );
  });

  test("never applies an older generation over a newer one", () => {
    fc.assert(
      fc.property(desired, world, (want, start) => {
        for (const step of plan(want, start.map(running)))
          if (step.kind === "apply")
            expect(step.workload.generation).toBeGreaterThan(
              start.find((w) => w.component === step.workload.component)?.generation ?? 0,
            );
      }),
    );
  });

  test("has at most one step for each component, whatever the order of its input", () => {
    fc.assert(
      fc.property(desired, world, (want, start) => {
        const steps = plan(want, start.map(running));
        expect(new Set(steps.map(componentOf)).size).toBe(steps.length);
        expect(plan({ ...want, workloads: [...want.workloads].reverse() }, [...start].reverse().map(running))).toEqual(steps);
      }),
    );
  });
});
