import { expect, test } from "@jest/globals";
import { standingOf } from "./quota-use.ts";

const item = (used: number | null, limit = 100) => ({ name: "components" as const, limit, used, own: false });

test("R1: a limit is near from nine tenths on, and full when nothing more fits", () => {
  expect([0, 89, 90, 99, 100, 120].map((used) => standingOf(item(used)))).toEqual([
    "free",
    "free",
    "near",
    "near",
    "full",
    "full",
  ]);
  expect(standingOf(item(0, 0))).toBe("full");
  expect(standingOf(item(null))).toBe("free");
});
test("R1: builds that wait for their turn are not refused, so their limit is never full", () => {
  expect(standingOf({ ...item(2, 2), name: "buildsAtOnce" })).toBe("free");
});
