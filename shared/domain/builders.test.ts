import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { BuildId, TenantId } from "../contract/id.ts";
import { type Asking, asked, type Builders, countBefore, isAmong, left } from "./builders.ts";

const one = (tenant: string, build: string) => ({ tenant: tenant as TenantId, build: build as BuildId });
const empty = (atOnce: number): Builders => ({ atOnce, running: [], waiting: [] });
const all = (builders: Builders, asking: readonly Asking[]): Builders =>
  asking.reduce((known, each) => asked(known, each).builders, builders);
const names = (list: readonly Asking[]) => list.map(({ build }) => build);

test("a team's first build gets the next builder that is free, whatever others have waiting", () => {
  const noisy = Array.from({ length: 1_000 }, (_, at) => one("noisy", `n${at}`));
  const busy = all(all(empty(3), noisy), [one("quiet", "q")]);
  expect(countBefore(busy, "q" as BuildId)).toBe(0);
  expect(names(left(busy, "n1" as BuildId).started)).toEqual(["q"]);
});

test("asking twice is asking once, and what has left is nowhere", () => {
  const builders = all(empty(1), [one("a", "1"), one("a", "2"), one("a", "2"), one("a", "1")]);
  expect([names(builders.running), names(builders.waiting)]).toEqual([["1"], ["2"]]);
  const { builders: after, started } = left(builders, "1" as BuildId);
  expect([names(started), names(after.running), names(after.waiting)]).toEqual([["2"], ["2"], []]);
  expect(left(after, "1" as BuildId)).toEqual({ builders: after, started: [] });
});

test("when many builders are added at once, so many are started as one transaction tells, and those start the others", () => {
  const waiting = Array.from({ length: 170 }, (_, at) => one("a", `${at}`));
  let { builders, started } = asked({ ...all(empty(1), waiting), atOnce: 200 }, waiting[0] as Asking);
  for (const next of started) {
    expect(started.length).toBeLessThan(100);
    ({ builders, started } = asked(builders, next));
  }
  expect([builders.running.length, builders.waiting.length]).toEqual([170, 0]);
});

const teams = ["a", "b", "c"];
const of = (team: string, list: readonly Asking[]) => names(list.filter((each) => each.tenant === team));
interface Step {
  readonly does: "ask" | "leave";
  readonly tenant: string;
  readonly which: number;
}
/** Who waits when a step has been taken and before a free builder has been given to anyone. */
function lineAfter({ running, waiting }: Builders, { does }: Step, asking: Asking): readonly Asking[] {
  if (does === "leave") return waiting.filter((each) => each.build !== asking.build);
  return isAmong([...running, ...waiting], asking.build) ? waiting : [...waiting, asking];
}

test("builders are neither idle while someone waits nor more than there are; of one team the first that came goes first", () => {
  const step = fc.record({
    does: fc.constantFrom("ask" as const, "leave" as const),
    tenant: fc.constantFrom(...teams),
    which: fc.nat(9),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (atOnce, steps) => {
      let builders = empty(atOnce);
      for (const each of steps) {
        const asking = one(each.tenant, `${each.tenant}${each.which}`);
        const line = lineAfter(builders, each, asking);
        const moved = each.does === "ask" ? asked(builders, asking) : left(builders, asking.build);
        builders = moved.builders;
        expect(builders.running.length).toBeLessThanOrEqual(atOnce);
        if (builders.waiting.length > 0) expect(builders.running).toHaveLength(atOnce);
        for (const team of teams) expect([...of(team, moved.started), ...of(team, builders.waiting)]).toEqual(of(team, line));
      }
    }),
  );
});
