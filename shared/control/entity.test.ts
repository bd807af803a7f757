import * as z from "zod";
import { memoryTable } from "../adapters/memory/table.ts";
import type { Table } from "../ports/table.ts";
import { entity, next, put, read } from "./entity.ts";

const key = { pk: "person#1", sk: "person" };
const place = () => ({ key });
/** The version before. */
const before = entity("person", z.object({ name: z.string(), generation: z.int() }), place);
/** This version: a name has two parts. */
const now = entity("person", z.object({ first: z.string(), last: z.string(), generation: z.int() }), place, [
  {
    up: ({ name }) => ({ first: String(name).split(" ")[0], last: String(name).split(" ")[1] }),
    down: ({ first, last }) => ({ name: `${first} ${last}` }),
  },
]);
/** The next version: greetings are known besides. */
const later = entity("person", z.object({ first: z.string(), last: z.string(), hello: z.string(), generation: z.int() }), place, [
  ...[
    {
      up: ({ name }: Readonly<Record<string, unknown>>) => ({
        first: String(name).split(" ")[0],
        last: String(name).split(" ")[1],
      }),
      down: ({ first, last }: Readonly<Record<string, unknown>>) => ({ name: `${first} ${last}` }),
    },
  ],
  { up: ({ first }) => ({ hello: `Hello ${first}` }), down: () => ({}) },
]);

let table: Table;
beforeEach(async () => {
  table = memoryTable();
  await table.transact([put(before, { name: "Ada Byron", generation: 1 })]);
});
const change = async <T extends { generation: number }>(kind: ReturnType<typeof entity<z.ZodType<T>>>, changes: Partial<T>) => {
  const value = await read(table, kind, key);
  if (!value) throw new Error("nothing is there");
  await table.transact([put(kind, next(value, changes))]);
};

test("Upgrades: a row of the version before is read in the shape of this one, and stays as it is until it is changed", async () => {
  expect(await read(table, now, key)).toMatchObject({ first: "Ada", last: "Byron", generation: 1 });
  expect((await table.get(key))?.value).toEqual({ name: "Ada Byron", generation: 1 });
  expect(await read(table, later, key)).toMatchObject({ first: "Ada", last: "Byron", hello: "Hello Ada", generation: 1 });
});
test("Upgrades: after a rollback, the version before reads what this one wrote", async () => {
  await change(now, { last: "Lovelace" });
  expect(await read(table, before, key)).toMatchObject({ name: "Ada Lovelace", generation: 2 });
});
test("Upgrades: what the version before changes after a rollback is what this one finds when it comes again", async () => {
  await change(later, { last: "Lovelace", hello: "Good day" });
  await change(before, { name: "Augusta King" });
  expect(await read(table, later, key)).toMatchObject({ first: "Augusta", last: "King", hello: "Hello Augusta", generation: 3 });
});
test("Upgrades: an older version keeps the fields that it does not know, and does not show them", async () => {
  const row = { pk: "person#1", sk: "person", generation: 2, value: { name: "Ada Byron", generation: 2, born: 1815 } };
  await table.transact([{ kind: "put", row }]);
  await change(before, { name: "Ada Lovelace" });
  expect((await table.get(key))?.value).toEqual({ name: "Ada Lovelace", generation: 3, born: 1815 });
  expect(JSON.stringify(await read(table, before, key))).toBe('{"name":"Ada Lovelace","generation":3}');
});

describe("Upgrades: inside of records", () => {
  const Address = z.object({ city: z.string() });
  const homes = entity(
    "home",
    z.object({ home: Address, others: z.array(Address), at: z.record(z.string(), Address), generation: z.int() }),
    place,
  );
  const stored = {
    home: { city: "London", zip: "W1" },
    others: [
      { city: "Turin", zip: "1", lift: true },
      { city: "Paris", zip: "2" },
    ],
    at: { work: { city: "London", zip: "W2" } },
    generation: 2,
  };
  beforeEach(async () => {
    await table.transact([{ kind: "put", row: { ...key, generation: 2, value: stored } }]);
  });
  const written = async () => (await table.get(key))?.value;

  test("what an older version does not know stays where it is, and is not shown", async () => {
    await change(homes, {});
    expect(await written()).toEqual({ ...stored, generation: 3 });
    expect(JSON.stringify(await read(table, homes, key))).not.toContain("zip");
  });
  test("it goes along with an object that is copied with changes, or moves in a list", async () => {
    const value = await read(table, homes, key);
    if (!value) throw new Error("nothing is there");
    const [turin, paris] = value.others;
    if (!turin || !paris) throw new Error("nothing is there");
    await table.transact([
      put(homes, next(value, { home: { ...value.home, city: "Bath" }, others: [paris, { ...turin, city: "Rome" }] })),
    ]);
    expect(await written()).toMatchObject({
      home: { city: "Bath", zip: "W1" },
      others: [
        { city: "Paris", zip: "2" },
        { city: "Rome", zip: "1", lift: true },
      ],
    });
  });
  test("an object that another takes the place of takes it along", async () => {
    await change(homes, { home: { city: "Bath" }, others: [] });
    expect(await written()).toEqual({ ...stored, home: { city: "Bath" }, others: [], generation: 3 });
  });
});
