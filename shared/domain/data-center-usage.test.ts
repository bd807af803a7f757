import { describe, expect, test } from "@jest/globals";
import { measured, together } from "./data-center-usage.ts";

const instance = (cpuMillis: number | null, memoryBytes: number | null, state: "ready" | "exited" = "ready") => ({
  cpuMillis,
  memoryBytes,
  state,
});
const of = { memoryMib: 64 };

describe("W9: what a team uses of a data center", () => {
  test("is the sum of its instances that live", () => {
    const web = measured([instance(100, 10), instance(50, 5), instance(900, 90, "exited")], of);
    expect(web).toEqual({ instances: 2, cpuMillis: 150, memoryBytes: 15, memoryMibMost: 128 });
    expect(together([web, measured([instance(1, 1)], of)])).toEqual({
      instances: 3,
      cpuMillis: 151,
      memoryBytes: 16,
      memoryMibMost: 192,
    });
  });
  test("is not known where nothing is measured, and nothing where nothing runs", () => {
    const unseen = measured([instance(null, null)], of);
    expect(unseen).toEqual({ instances: 1, cpuMillis: null, memoryBytes: null, memoryMibMost: 64 });
    expect(together([unseen])).toMatchObject({ cpuMillis: null, memoryBytes: null });
    expect(together([unseen, measured([instance(5, 6)], of)])).toMatchObject({ instances: 2, cpuMillis: 5, memoryBytes: 6 });
    expect(together([measured([], of)])).toEqual({ instances: 0, cpuMillis: 0, memoryBytes: 0, memoryMibMost: 0 });
  });
});
