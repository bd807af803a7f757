import { expect, test } from "@jest/globals";
import type { TenantId } from "../../shared/contract/id.ts";
import { isFault } from "../../shared/base/fault.ts";
import { memoryDeps } from "../../test/support/memory-deps.ts";
import type { Table } from "../../shared/ports/table.ts";
import { teamRate } from "./team-rate.ts";

const team = "tnt_0000000000000001" as TenantId;
const other = "tnt_0000000000000002" as TenantId;

/** Several processes over one table, with 10 requests a second: 40 at once, and what each process lets pass unasked. */
function world(processes: number) {
  const deps = memoryDeps();
  let writes = 0;
  const table: Table = {
    ...deps.table,
    transact: (all) => {
      writes++;
      return deps.table.transact(all);
    },
  };
  const limited = { ...deps, table, quota: { ...deps.quota, requestsPerSecond: 10 } };
  const admits = Array.from({ length: processes }, () => teamRate());
  /** Of so many, one process after the other. */
  const passed = async (count: number, tenant = team): Promise<number> => {
    let through = 0;
    for (let at = 0; at < count; at++)
      try {
        await Promise.all((await admits[at % processes]?.(limited, tenant)) ?? []);
        through++;
      } catch (error) {
        if (!isFault(error, "throttled")) throw error;
      }
    return through;
  };
  return { clock: deps.clock, limited, admits, passed, writes: () => writes };
}

test("R1: processes share a team's limit: beyond it they let pass no more than the little each may without asking", async () => {
  for (const processes of [1, 4]) {
    const { passed, clock } = world(processes);
    expect(await passed(1_000)).toBe(40 + 20 * processes);
    expect(await passed(1_000)).toBe(0);
    await clock.advance(1_000);
    const again = await passed(1_000);
    expect(again).toBeGreaterThanOrEqual(10);
    expect(again).toBeLessThanOrEqual(10 + processes);
  }
});

test("R1: another team is not held, and who is held hears of the limit and when to come again", async () => {
  const { passed, limited, admits, clock } = world(1);
  await passed(1_000);
  expect(await passed(50, other)).toBe(50);
  const held = admits[0]?.(limited, team);
  await expect(held).rejects.toMatchObject({ code: "throttled", reason: "requests.team", params: { limit: 10, burst: 40 } });
  await expect(held).rejects.toMatchObject({ retryAfterSeconds: 0.1 });
  await clock.advance(100);
  expect(await passed(10)).toBe(1);
});

test("R1: after the clock was set back nobody is held until it has caught up", async () => {
  const { passed, clock } = world(2);
  await passed(1_000);
  expect(await passed(10)).toBe(0);
  await clock.advance(-3_600_000);
  expect(await passed(40)).toBe(40);
});

test("R1: who makes few requests costs no write", async () => {
  const { passed, writes, clock } = world(1);
  for (let minute = 0; minute < 30; minute++) {
    expect(await passed(10)).toBe(10);
    await clock.advance(60_000);
  }
  expect(writes()).toBe(0);
  await passed(1_000);
  expect(writes()).toBeGreaterThan(0);
});

test("R1: requests that come at once to one process draw once", async () => {
  const { limited, admits, writes } = world(1);
  const all = await Promise.allSettled(Array.from({ length: 100 }, () => admits[0]?.(limited, team)));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(60);
  // Two at a time: a fifth of a second's ten.
  expect(writes()).toBe(20);
});
