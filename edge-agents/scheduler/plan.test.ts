import fc from "fast-check";
import { type Desired, plan, type Wanted } from "./plan.ts";

const names = ["a", "b", "c", "d"];
const wanted = fc.record({
  tenant: fc.constant("t"),
  component: fc.constantFrom(...names),
  generation: fc.integer({ min: 1, max: 4 }),
}) as unknown as fc.Arbitrary<Wanted>;
const world = fc.uniqueArray(wanted, { selector: (w) => w.component });
const some = fc.subarray(names) as unknown as fc.Arbitrary<Desired["gone"]>;
const desired: fc.Arbitrary<Desired> = fc.record({ wanted: world, gone: some, complete: fc.boolean() });

/** What must run afterwards, written without looking at plan(). */
function expected(want: Desired, start: readonly Wanted[]) {
  const after = new Map(start.map((w) => [w.component, w]));
  for (const w of want.wanted) if ((after.get(w.component)?.generation ?? 0) < w.generation) after.set(w.component, w);
  for (const component of want.gone) after.delete(component);
  if (want.complete)
    for (const component of [...after.keys()]) if (!want.wanted.some((w) => w.component === component)) after.delete(component);
  return after;
}

describe("W6: the scheduler's plan", () => {
  test("leads to what is wanted, and then rests", () => {
    fc.assert(
      fc.property(desired, world, (want, start) => {
        const cluster = new Map(start.map((w) => [w.component, w]));
        for (const { kind, ...step } of plan(want, start)) {
          if (kind === "remove") cluster.delete(step.component);
          else cluster.set(step.component, step as Wanted);
        }
        expect(cluster).toEqual(expected(want, start));
        expect(plan(want, [...cluster.values()])).toEqual([]);
      }),
    );
  });

  test("an incomplete list of what is wanted removes nothing that was not named as gone", () => {
    fc.assert(
      fc.property(world, world, (want, start) => {
        const steps = plan({ wanted: want, gone: [], complete: false }, start);
        expect(steps.filter((s) => s.kind === "remove")).toEqual([]);
      }),
    );
  });

  test("never applies an older generation over a newer one", () => {
    fc.assert(
      fc.property(desired, world, (want, start) => {
        for (const step of plan(want, start))
          if (step.kind === "apply")
            expect(step.generation).toBeGreaterThan(start.find((w) => w.component === step.component)?.generation ?? 0);
      }),
    );
  });

  test("has at most one step for each component, whatever the order of its input", () => {
    fc.assert(
      fc.property(desired, world, (want, start) => {
        const steps = plan(want, start);
        expect(new Set(steps.map((step) => step.component)).size).toBe(steps.length);
        expect(plan({ ...want, wanted: [...want.wanted].reverse() }, [...start].reverse())).toEqual(steps);
      }),
    );
  });
});
