import { diffLinesOf } from "./diff-lines.ts";

const texts = (...[before, after, nameOf]: [unknown, unknown, ((id: string) => string | undefined)?]) =>
  diffLinesOf({ before, after }, nameOf).map(({ sign, text }) => `${sign} ${text}`);

test("U1: a value is told as it was and as it will be", () => {
  expect(texts("a", "b")).toEqual(["- a", "+ b"]);
  expect(texts(null, 2)).toEqual(["+ 2"]);
  expect(texts(true, false)).toEqual(["- true", "+ false"]);
});

test("U1: of a list only what came and what went is told, in words and names rather than JSON and ids", () => {
  const port = { port: 8080, protocol: "http", internal: true, external: false };
  expect(texts([port], [{ ...port, external: true }])).toEqual(["- 8080 http internal", "+ 8080 http internal external"]);
  const nameOf = (id: string) => (id === "cmp_1" ? "prices" : undefined);
  const dependency = { component: "cmp_1", port: 8000, alias: "PRICES" };
  expect(texts([], [dependency], nameOf)).toEqual(["+ prices 8000 PRICES"]);
  expect(texts([dependency], [dependency, { ...dependency, port: 1, alias: "B" }], nameOf)).toEqual(["+ prices 1 B"]);
});

test("an order that changed is no change of what is in it", () => {
  expect(texts(["a", "b"], ["b", "a"])).toEqual([]);
});
