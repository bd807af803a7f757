import type { Page } from "../../shared/base/page.ts";
import type { Row, Table, TableQuery } from "../../shared/ports/table.ts";

const row = (sk: string, more: Partial<Row> = {}): Row => ({ pk: "tnt_a", sk, generation: 1, value: { name: sk }, ...more });
const names = (rows: readonly Row[]) => rows.map((r) => r.sk);

/** A row is a copy, or cannot be changed. */
function attempt(change: () => unknown): void {
  try {
    change();
  } catch (error) {
    expect((error as Error).name).toBe("TypeError");
  }
}

/** What every Table promises. `unkept`: what the emulator behind it does not do, though the real store does. */
export function tableSuite(
  name: string,
  open: () => Promise<{ table: Table; close(): Promise<void> }>,
  { unkept = [] }: { unkept?: readonly "isolation"[] } = {},
) {
  describe(`Table: ${name}`, () => {
    let table: Table;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ table, close } = await open());
    });
    afterEach(() => close());
    const put = (...rows: Row[]) => table.transact(rows.map((r) => ({ kind: "put", row: r })));

    test("a row is read back as it was written, with its index and its expiry", async () => {
      const written = row("component#1", {
        value: { deep: { list: [1, "zwei", null, true] }, text: "día 日本" },
        index: { pk: "app_1", sk: "web" },
        expiresAt: new Date(1_800_000_000_000),
      });
      await put(written);
      expect(await table.get(written)).toEqual(written);
    });
    test("G16: rows of several keys come at once, in the order asked, and what is not there is undefined", async () => {
      await put(row("a"), row("b"), row("c", { pk: "tnt_b" }));
      const found = await table.getAll([row("b"), row("missing"), row("c", { pk: "tnt_b" }), row("a")]);
      expect(found.map((one) => one?.sk)).toEqual(["b", undefined, "c", "a"]);
      const list = found[0]?.value as Record<string, unknown>;
      attempt(() => Object.assign(list, { name: "changed" }));
      expect((await table.get(row("b")))?.value).toEqual({ name: "b" });
    });
    test("a batch has 1 to 100 different keys", async () => {
      for (const keys of [[], [row("a"), row("a")], Array.from({ length: 101 }, (_, at) => row(`r${at}`))])
        await expect(table.getAll(keys)).rejects.toMatchObject({ code: "internal" });
    });
    test("a row of another partition is not found", async () => {
      await put(row("component#1"));
      expect(await table.get({ pk: "tnt_b", sk: "component#1" })).toBeUndefined();
      expect((await table.query({ pk: "tnt_b", limit: 10 })).items).toEqual([]);
    });
    test("what a caller does to a row it read or wrote changes nothing stored", async () => {
      const value = { list: [1] };
      await put(row("a", { value }));
      value.list.push(2);
      const read = await table.get(row("a"));
      const list = read?.value.list;
      if (Array.isArray(list)) attempt(() => list.push(3));
      expect((await table.get(row("a")))?.value).toEqual({ list: [1] });
    });
    test("a first write expects generation 0, and cannot happen twice", async () => {
      await table.transact([{ kind: "put", row: row("a"), expected: 0 }]);
      await expect(table.transact([{ kind: "put", row: row("a"), expected: 0 }])).rejects.toMatchObject({
        code: "conflict",
        detail: { keys: [{ pk: "tnt_a", sk: "a" }] },
      });
    });
    const testIsolation = unkept.includes("isolation") ? test.skip : test;
    testIsolation("of ten writers that read the same generation, exactly one wins", async () => {
      await put(row("a"));
      const writes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, at) =>
          table.transact([{ kind: "put", row: row("a", { generation: 2, value: { at } }), expected: 1 }]),
        ),
      );
      expect(writes.filter((w) => w.status === "fulfilled")).toHaveLength(1);
      expect((await table.get(row("a")))?.value).toEqual({ at: writes.findIndex((w) => w.status === "fulfilled") });
    });
    test("a transaction whose check fails writes nothing and names every key that differed", async () => {
      await put(row("a"), row("b"));
      const failing = table.transact([
        { kind: "put", row: row("c") },
        { kind: "remove", key: row("a"), expected: 7 },
        { kind: "check", key: row("b"), expected: 0 },
      ]);
      await expect(failing).rejects.toMatchObject({ code: "conflict", detail: { keys: [{ sk: "a" }, { sk: "b" }] } });
      expect(names((await table.query({ pk: "tnt_a", limit: 10 })).items)).toEqual(["a", "b"]);
    });
    test("a failed transaction does not harm those made beside it", async () => {
      const results = await Promise.allSettled([
        put(row("a")),
        table.transact([{ kind: "check", key: row("x"), expected: 3 }]),
        put(row("b")),
      ]);
      expect(results.map((r) => r.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(names((await table.query({ pk: "tnt_a", limit: 10 })).items)).toEqual(["a", "b"]);
    });
    test("a removed row is gone; removing what is not there is fine", async () => {
      await put(row("a"));
      await table.transact([{ kind: "remove", key: row("a"), expected: 1 }]);
      await table.transact([{ kind: "remove", key: row("a") }]);
      expect(await table.get(row("a"))).toBeUndefined();
    });
    test("rows come in order of the bytes of their sort key, by prefix, after a key, both ways", async () => {
      await put(row("b#2"), row("a#1"), row("b#1"), row("c#1"), row("b#10"), row("b#\uFFFD"), row("b#\u{1F600}"));
      const query = async (more: object) => names((await table.query({ pk: "tnt_a", limit: 100, ...more })).items);
      expect(await query({ prefix: "b#" })).toEqual(["b#1", "b#10", "b#2", "b#\uFFFD", "b#\u{1F600}"]);
      expect(await query({ prefix: "b#", descending: true })).toEqual(["b#\u{1F600}", "b#\uFFFD", "b#2", "b#10", "b#1"]);
      expect(await query({ prefix: "b#", after: "b#10" })).toEqual(["b#2", "b#\uFFFD", "b#\u{1F600}"]);
      expect(await query({ after: "" })).toEqual(await query({}));
      expect(await query({ after: "b#2", descending: true })).toEqual(["c#1", "b#\u{1F600}", "b#\uFFFD"]);
      expect(await query({ prefix: "b_" })).toEqual([]);
      expect(await query({ prefix: "b%" })).toEqual([]);
    });
    test("the index finds rows of several partitions, and forgets a row that leaves it", async () => {
      const index = (sk: string) => ({ index: { pk: "dc_1", sk } });
      await put(row("a", index("2")), row("b", { pk: "tnt_b", ...index("1") }), row("c"), row("d", index("2")));
      const query = async () => (await table.query({ pk: "dc_1", byIndex: true, limit: 10 })).items.map((r) => `${r.pk}/${r.sk}`);
      expect(await query()).toEqual(["tnt_b/b", "tnt_a/a", "tnt_a/d"]);
      await put(row("a", { generation: 2 }));
      expect(await query()).toEqual(["tnt_b/b", "tnt_a/d"]);
    });
    test.each<Partial<TableQuery>>([{}, { descending: true }, { byIndex: true }, { byIndex: true, descending: true }])(
      "pages hold every row once, also where index entries are equal (%j)",
      async (how) => {
        await put(
          ...Array.from({ length: 25 }, (_, at) =>
            row(`r${String(at).padStart(2, "0")}`, { index: { pk: "tnt_a", sk: `${at % 3}` } }),
          ),
        );
        const seen: string[] = [];
        for (let page: Page<Row> | undefined; page === undefined || page.next !== undefined; seen.push(...names(page.items))) {
          page = await table.query({ pk: "tnt_a", limit: 4, ...how, ...(page?.next === undefined ? {} : { page: page.next }) });
        }
        expect(seen).toHaveLength(25);
        expect(new Set(seen).size).toBe(25);
      },
    );
    test("the last page has no next", async () => {
      await put(row("a"), row("b"));
      expect(await table.query({ pk: "tnt_a", limit: 2 })).not.toHaveProperty("next");
    });
    test.each(["x", "", "bm9wZQ", Buffer.from('["a"]').toString("base64url")])(
      "a page token that is none is invalid: %j",
      async (page) => {
        await expect(table.query({ pk: "tnt_a", limit: 2, page })).rejects.toMatchObject({ code: "invalid" });
      },
    );
    test("limits hold: 100 writes, no key twice, 400 KB, 1,000 rows", async () => {
      await expect(put(...Array.from({ length: 101 }, (_, at) => row(`r${at}`)))).rejects.toMatchObject({ code: "internal" });
      await expect(put(row("a"), row("a"))).rejects.toMatchObject({ code: "internal" });
      await expect(put(row("a", { value: { text: "x".repeat(410_000) } }))).rejects.toMatchObject({ code: "too_large" });
      await expect(table.query({ pk: "tnt_a", limit: 1_001 })).rejects.toMatchObject({ code: "internal" });
      expect((await table.query({ pk: "tnt_a", limit: 10 })).items).toEqual([]);
    });
  });
}
