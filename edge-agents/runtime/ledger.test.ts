import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { DesiredChange } from "../../shared/contract/agent.ts";
import { workloadOf } from "../../test/edge/workloads.ts";
import { diskAt, type Text } from "./disk.ts";
import { ledgerOn, openLedger } from "./ledger.ts";

const tenant = "tnt_0000000000000001" as DesiredChange["tenant"];
const id = (n: number) => `cmp_000000000000000${n}` as DesiredChange["component"];
const change = (n: number, generation: number): DesiredChange => ({
  tenant,
  component: id(n),
  generation,
  sequence: generation,
  workload: null,
});

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "ledger-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));
const known = async () =>
  (await openLedger(home))
    .tombstones()
    .map((t) => [t.component, t.generation])
    .sort();

test("P10: what was accepted is there after a restart, with its cursor", async () => {
  const ledger = await openLedger(home);
  await ledger.accept([change(1, 1), change(2, 1)], 7);
  const again = await openLedger(home);
  expect(again.cursor()).toBe(7);
  expect(again.tombstones()).toHaveLength(2);
  expect(again.epoch).toBe(ledger.epoch + 1);
});

test("an older generation changes nothing, the same change twice changes nothing", async () => {
  const ledger = await openLedger(home);
  await ledger.accept([change(1, 5)], 1);
  await ledger.accept([change(1, 4)], 2);
  await ledger.accept([change(1, 5)], 2);
  expect(await known()).toEqual([[id(1), 5]]);
});

test("of one component twice in what is accepted the newer counts, in whatever order", async () => {
  const ledger = await openLedger(home);
  await ledger.accept([change(1, 2), change(1, 3), change(1, 1)], 1);
  expect(ledger.tombstones().map((t) => t.generation)).toEqual([3]);
  expect(await known()).toEqual([[id(1), 3]]);
});

test("a whole listing forgets what is not in it, and only then is the list complete", async () => {
  const ledger = await openLedger(home);
  await ledger.accept([change(1, 1), change(2, 1)], 2);
  expect(ledger.complete()).toBe(false);
  await ledger.accept([change(2, 2)], 2);
  await ledger.keepOnly(new Set([id(2)]), 9);
  expect(ledger.complete()).toBe(true);
  expect(await known()).toEqual([[id(2), 2]]);
  expect((await openLedger(home)).complete()).toBe(true);
});

test("what others may have heard meanwhile is not taken for unwanted until everything was listed anew", async () => {
  const ledger = await openLedger(home);
  await ledger.accept([change(1, 1)], 1);
  await ledger.keepOnly(new Set([id(1)]), 1);
  await ledger.doubt();
  expect(ledger.complete()).toBe(false);
  expect((await openLedger(home)).complete()).toBe(false);
  await ledger.keepOnly(new Set([id(1), id(2)]), 2);
  expect(ledger.complete()).toBe(true);
});

test("W3: of what was told of a team's limits the newest holds, also after a restart", async () => {
  const ledger = await openLedger(home);
  const limited = (n: number, generation: number, instances: number): DesiredChange => ({
    ...change(n, 1),
    workload: { ...workloadOf(n), component: id(n), limits: { instances, memoryMib: 1, logMibPerDay: 1, generation } },
  });
  await ledger.accept([limited(1, 1, 10), limited(2, 3, 30), limited(3, 2, 20)], 1);
  expect(ledger.limits(tenant)).toMatchObject({ instances: 30 });
  expect((await openLedger(home)).limits(tenant)).toMatchObject({ instances: 30 });
  expect(ledger.limits("tnt_0000000000000009")).toBeUndefined();
});

test("what cannot be kept is not known either, and is heard again", async () => {
  const disk = await diskAt(home);
  let isFull = false;
  const ledger = await ledgerOn(
    { ...disk, write: (texts) => (isFull ? Promise.reject(new Error("full")) : disk.write(texts)) },
    new Date(),
  );
  isFull = true;
  await expect(ledger.accept([change(1, 1)], 1)).rejects.toThrow("full");
  expect([ledger.tombstones(), ledger.cursor()]).toEqual([[], 0]);
  isFull = false;
  await ledger.accept([change(1, 1)], 1);
  expect(await known()).toEqual([[id(1), 1]]);
});

test("what a newer version wrote of one component keeps no other from being known", async () => {
  const disk = await diskAt(home);
  const { component } = workloadOf(1);
  await disk.write([[`desired/${component}`, JSON.stringify({ ...change(1, 2), component, workload: { version: 2, tenant } })]]);
  const ledger = await openLedger(home);
  await ledger.accept([change(2, 1)], 1);
  expect(ledger.wanted().map((w) => [w.component, w.generation])).toEqual([[component, 2]]);
  expect(ledger.tombstones()).toHaveLength(1);
  await expect(ledger.workload(component)).rejects.toThrow();
});

describe("when its file is broken", () => {
  const file = () => join(home, "ledger.db");
  const open = async () => {
    const lines: string[] = [];
    const ledger = await openLedger(home, { clock: systemClock(), log: (_, message) => lines.push(message) });
    return { ledger, lines };
  };
  const edit = (sql: string) => {
    const database = new DatabaseSync(file());
    database.exec(sql);
    database.close();
  };
  const ways: Record<string, () => Promise<void> | void> = {
    "something else is in it": () => writeFile(file(), "no database".repeat(1_000)),
    "its end is missing": async () => truncate(file(), Math.floor((await stat(file())).size / 2)),
    "a text cannot be unpacked": () => edit("UPDATE texts SET packed = x'FFFFFF' WHERE name <> 'progress'"),
    "a text says nothing": () => edit("UPDATE texts SET packed = x'0300' WHERE name = 'progress'"),
  };
  test.each(Object.entries(ways))("%s: it starts without what it knew, and takes nothing for unwanted", async (_, spoil) => {
    const before = await openLedger(home);
    await before.accept([change(1, 1), change(2, 1)], 7);
    await before.keepOnly(new Set([id(1), id(2)]), 7);
    before.close();
    await spoil();
    const broken = await readFile(file());
    const { ledger, lines } = await open();
    expect([ledger.cursor(), ledger.complete(), ledger.tombstones()]).toEqual([0, false, []]);
    expect(lines).toEqual([expect.stringMatching(/broken.*ledger\.db\.broken.*heard anew/)]);
    expect((await readFile(`${file()}.broken`)).equals(broken)).toBe(true);
    await ledger.accept([change(1, 1)], 3);
    expect((await open()).lines).toEqual([]);
    expect(await known()).toEqual([[id(1), 1]]);
  });
  test("only the newest one is kept beside it", async () => {
    for (const text of ["first", "second"]) {
      await writeFile(file(), text.repeat(1_000));
      (await open()).ledger.close();
    }
    expect((await readdir(home)).filter((name) => name.includes("broken"))).toEqual(["ledger.db.broken"]);
    expect(await readFile(`${file()}.broken`, "utf8")).toMatch(/^second/);
  });
  test("what cannot be opened for another reason is no broken file", async () => {
    await mkdir(file());
    await expect(open()).rejects.toThrow();
    expect(await readdir(home)).toEqual(["ledger.db"]);
  });
});

test("its number of this start grows though the file is lost, as reports are numbered by it", async () => {
  const opened = async (text: string) => {
    const clock = { now: () => new Date(text) };
    const ledger = await openLedger(home, { clock, log: () => {} });
    ledger.close();
    return ledger.epoch;
  };
  const first = await opened("2026-11-30T10:00:00Z");
  expect(await opened("2026-11-30T10:00:01Z")).toBe(first + 1);
  await rm(join(home, "ledger.db"));
  expect(await opened("2026-11-30T10:20:00Z")).toBeGreaterThan(first + 1);
});

test("of several texts all are kept or none", async () => {
  const disk = await diskAt(home);
  await disk.write([["a", "before"]]);
  const interrupted = function* (): Generator<Text> {
    yield ["a", null];
    yield ["b", "after"];
    throw new Error("interrupted");
  };
  await expect(disk.write(interrupted())).rejects.toThrow("interrupted");
  expect([await disk.names(), await disk.read("a")]).toEqual([["a"], "before"]);
});

test("its files are readable by their owner alone", async () => {
  const ledger = await openLedger(home);
  await ledger.accept([change(1, 1)], 1);
  const names = await readdir(home);
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) expect((await stat(join(home, name))).mode & 0o077).toBe(0);
});

describe("where each change was a file of its own", () => {
  const desired = () => join(home, "desired");
  const write = async (n: number, generation: number) =>
    writeFile(join(desired(), `${id(n)}.json`), JSON.stringify(change(n, generation)));
  const progress = (cursor: number) =>
    writeFile(join(home, "progress.json"), JSON.stringify({ cursor, complete: true, epoch: 7 }));
  beforeEach(() => mkdir(desired()));

  test("all of it is taken over, once", async () => {
    await write(1, 3);
    await writeFile(join(desired(), `${id(2)}.json.new`), '{"component":');
    await progress(9);
    const ledger = await openLedger(home);
    expect(ledger.tombstones().map((t) => [t.component, t.generation])).toEqual([[id(1), 3]]);
    expect([ledger.cursor(), ledger.complete()]).toEqual([9, true]);
    const names = await readdir(home);
    expect(names.filter((name) => !name.startsWith("ledger.db"))).toEqual([]);
    await ledger.accept([change(1, 4)], 10);
    expect(await known()).toEqual([[id(1), 4]]);
  });

  test("what an older version heard in between counts, and nothing else", async () => {
    const ledger = await openLedger(home);
    await ledger.accept([change(1, 1), change(2, 1)], 5);
    await mkdir(desired());
    await write(2, 2);
    await progress(6);
    expect(await known()).toEqual([[id(2), 2]]);
  });

  test("files that were taken over before the process ended are not taken again", async () => {
    await write(1, 3);
    const ledger = await openLedger(home);
    expect(ledger.tombstones()).toEqual([]);
    expect(await readdir(home)).not.toContain("desired");
  });
});
