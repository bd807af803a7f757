import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DesiredChange } from "../../shared/contract/agent.ts";
import { workloadOf } from "../../test/edge/workloads.ts";
import { openLedger } from "./ledger.ts";

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

test("a whole listing forgets what is not in it, and only then is the list complete", async () => {
  const ledger = await openLedger(home);
  await ledger.accept([change(1, 1), change(2, 1)], 2);
  expect(ledger.complete()).toBe(false);
  await ledger.replace([change(2, 2)], 9);
  expect(ledger.complete()).toBe(true);
  expect(await known()).toEqual([[id(2), 2]]);
  expect((await openLedger(home)).complete()).toBe(true);
});

test("what others may have heard meanwhile is not taken for unwanted until everything was listed anew", async () => {
  const ledger = await openLedger(home);
  await ledger.replace([change(1, 1)], 1);
  await ledger.doubt();
  expect(ledger.complete()).toBe(false);
  expect((await openLedger(home)).complete()).toBe(false);
  await ledger.replace([change(1, 1), change(2, 1)], 2);
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

test("a half-written file of a crash is ignored", async () => {
  const ledger = await openLedger(home);
  await ledger.accept([change(1, 1)], 1);
  await writeFile(join(home, "desired", `${id(2)}.json.new`), '{"component":');
  expect(await known()).toEqual([[id(1), 1]]);
});

test("its files are readable by their owner alone", async () => {
  const ledger = await openLedger(home);
  await ledger.accept([change(1, 1)], 1);
  for (const name of await readdir(join(home, "desired"))) expect((await stat(join(home, "desired", name))).mode & 0o077).toBe(0);
});
