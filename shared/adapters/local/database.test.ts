import { temporaryDirectory } from "../../../test/temporary-directory.ts";
import { systemClock } from "./clock.ts";
import { Database } from "./database.ts";
import { localTable } from "./table.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let file: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  file = `${directory.path}/x.db`;
});
afterEach(() => directory.remove());
const row = (sk: string, text = "") => ({ kind: "put" as const, row: { pk: "p", sk, generation: 1, value: { text } } });

test("a full disk is told as such, keeps what was acknowledged, and goes on once there is room", async () => {
  const table = localTable({ path: file, clock: systemClock() });
  const database = Database.open(file);
  await table.transact([row("kept")]);
  database.define("PRAGMA max_page_count = 40");
  await expect(table.transact(Array.from({ length: 5 }, (_, at) => row(`big${at}`, "x".repeat(100_000))))).rejects.toMatchObject({
    code: "exhausted",
    next: expect.stringContaining("space"),
  });
  expect((await table.query({ pk: "p", limit: 10 })).items.map((one) => one.sk)).toEqual(["kept"]);
  database.define("PRAGMA max_page_count = 100000");
  await table.transact([row("after", "x".repeat(100_000))]);
  expect(await table.get({ pk: "p", sk: "after" })).toBeDefined();
  database.close();
  table.close();
});
test("writes of one turn share a commit: a thousand cost far fewer", async () => {
  const table = localTable({ path: file, clock: systemClock() });
  const database = Database.open(file);
  const frames = () => Number(database.statement("PRAGMA wal_checkpoint(NOOP)").get()?.log ?? 0);
  const before = frames();
  await Promise.all(Array.from({ length: 1_000 }, (_, at) => table.transact([row(`r${String(at).padStart(4, "0")}`)])));
  expect(frames() - before).toBeLessThan(200);
  expect((await table.query({ pk: "p", limit: 1_000 })).items).toHaveLength(1_000);
  database.close();
  table.close();
});
test("what was asked before a close is kept; what is asked after it is refused", async () => {
  const table = localTable({ path: file, clock: systemClock() });
  const writing = table.transact([row("last")]);
  table.close();
  await writing;
  await expect(table.transact([row("late")])).rejects.toMatchObject({ code: "unavailable" });
  const again = localTable({ path: file, clock: systemClock() });
  expect(await again.get({ pk: "p", sk: "last" })).toBeDefined();
  again.close();
});
