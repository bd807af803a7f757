import { expect, test } from "@jest/globals";
import type { TenantId } from "../contract/id.ts";
import { limitsAmong, standingOf } from "./quota-use.ts";

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

test("W3: of what a data center was told of a team's limits the newest holds", () => {
  const told = (tenant: string, generation: number, instances: number) =>
    ({ tenant, limits: { instances, memoryMib: 1, logMibPerDay: 1, generation } }) as Parameters<typeof limitsAmong>[0][number];
  const all = [told("a", 1, 10), told("a", 3, 30), told("a", 2, 20), told("b", 9, 90)];
  expect(limitsAmong(all, "a" as TenantId)).toMatchObject({ instances: 30 });
  expect(limitsAmong(all, "c" as TenantId)).toBeUndefined();
});
