import { differing, fieldAt, mergedFields, withField } from "./merge-fields.ts";

const base = { command: "", health: { kind: "http", path: "/" } };

test("what each has changed is there, also within a part", () => {
  const theirs = { command: "node x.js", health: { kind: "http", path: "/" } };
  const mine = { command: "", health: { kind: "http", path: "/up" } };
  expect(mergedFields({ base, theirs, mine })).toEqual({
    value: { command: "node x.js", health: { kind: "http", path: "/up" } },
    both: [],
  });
});

test("what both have changed in one way is no conflict; in two ways it is named by its path and stays mine", () => {
  const theirs = { command: "same", health: { kind: "http", path: "/theirs" } };
  const mine = { command: "same", health: { kind: "http", path: "/mine" } };
  expect(mergedFields({ base, theirs, mine })).toEqual({ value: mine, both: ["health.path"] });
});

test("a field that one has added or emptied is merged as any other", () => {
  const mine = { command: "", health: { kind: "http", path: "/", port: 8_080 } };
  const theirs = { command: "x", health: { kind: "http", path: undefined } };
  expect(mergedFields({ base, theirs, mine })).toEqual({
    value: { command: "x", health: { kind: "http", path: undefined, port: 8_080 } },
    both: [],
  });
});

test("what both have turned on conflicts only where it differs; turned off against changed conflicts as a whole", () => {
  expect(mergedFields({ base: null, theirs: { min: 1, max: 4 }, mine: { min: 1, max: 6 } })).toEqual({
    value: { min: 1, max: 6 },
    both: ["max"],
  });
  expect(mergedFields({ base: { min: 1 }, theirs: null, mine: { min: 2 } })).toEqual({ value: { min: 2 }, both: [""] });
  expect(mergedFields({ base: { min: 1 }, theirs: null, mine: { min: 1 } })).toEqual({ value: null, both: [] });
});

test("the order of fields, and what is not there, make no difference", () => {
  expect(differing({ a: 1, b: { c: 2 } }, { b: { c: 2, d: undefined }, a: 1 })).toEqual([]);
  expect(differing({ a: 1, b: { c: 2 } }, { a: 1, b: { c: 3 } })).toEqual(["b.c"]);
});

test("a field is read and set by its path", () => {
  expect(fieldAt({ b: { c: 2 } }, "b.c")).toBe(2);
  expect(fieldAt(null, "b.c")).toBeUndefined();
  expect(withField({ a: 1, b: { c: 2, d: 3 } }, "b.c", 4)).toEqual({ a: 1, b: { c: 4, d: 3 } });
  expect(withField({ a: 1 }, "", null)).toBeNull();
});
