import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { throttle } from "./throttle.ts";

const passes = (limit: (name: string, now: number) => void, name: string, now: number): boolean => {
  try {
    limit(name, now);
    return true;
  } catch {
    return false;
  }
};

test("in no stretch of time does a name get more than its burst and its rate", () => {
  const gaps = fc.array(fc.nat({ max: 2_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(gaps, (all) => {
      const limit = throttle({ perSecond: 2, burst: 5, namesMax: 10 });
      let now = 0;
      let passed = 0;
      for (const gap of all) {
        now += gap;
        if (passes(limit, "a", now)) passed++;
      }
      expect(passed).toBeLessThanOrEqual(5 + (2 * (now - (all[0] ?? 0))) / 1_000);
    }),
  );
});
test("a refusal says when one may come again, and then one may", () => {
  const limit = throttle({ perSecond: 2, burst: 1, namesMax: 10 });
  limit("a", 0);
  expect(() => limit("a", 0)).toThrow(expect.objectContaining({ code: "throttled", retryAfterSeconds: 0.5 }));
  expect(passes(limit, "a", 500)).toBe(true);
});
test("a clock that goes back gives nothing away and locks nobody out", () => {
  const limit = throttle({ perSecond: 1, burst: 1, namesMax: 10 });
  limit("a", 3_600_000);
  expect(passes(limit, "a", 0)).toBe(false);
  expect(passes(limit, "a", 1_000)).toBe(true);
});
test("memory stays bounded however many names come", () => {
  const limit = throttle({ perSecond: 1, burst: 1, namesMax: 2 });
  for (let at = 0; at < 1_000; at++) limit(`name ${at}`, 0);
  expect(passes(limit, "name 999", 0)).toBe(false);
});
