import { expect, test } from "@jest/globals";
import { teamVolumes } from "./team-volume.ts";

type Observed = Parameters<ReturnType<typeof teamVolumes>["know"]>[0][number];
const observed = (component: string, tenant: string, logMibPerDay?: number, generation = 1) =>
  ({
    component,
    workload: { tenant, ...(logMibPerDay !== undefined && { limits: { instances: 1, memoryMib: 1, logMibPerDay, generation } }) },
  }) as Observed;
const mib = 1_024 * 1_024;

test("R1: components of a team share its day's volume, and no other team's", () => {
  const volumes = teamVolumes();
  volumes.know([observed("a1", "a", 1), observed("a2", "a", 1), observed("b", "b", 1)]);
  volumes.count("a1", mib, 0);
  expect([volumes.exceeded("a2", 1, 0), volumes.exceeded("b", 1, 0)]).toEqual([true, false]);
  expect(volumes.exceeded("a2", 1, 24 * 3_600_000)).toBe(false);
});
test("R1: the newest limit that was said of a team holds, and without any nothing is too much", () => {
  const volumes = teamVolumes();
  volumes.know([observed("a1", "a", 1, 1), observed("a2", "a", 5, 2)]);
  volumes.count("a1", 2 * mib, 0);
  expect(volumes.exceeded("a1", 1, 0)).toBe(false);
  volumes.know([observed("a1", "a", 1, 3), observed("a2", "a", 5, 2)]);
  expect(volumes.exceeded("a2", 1, 0)).toBe(true);
  volumes.know([observed("a1", "a"), observed("a2", "a")]);
  expect(volumes.exceeded("a1", 1_000 * mib, 0)).toBe(false);
});
