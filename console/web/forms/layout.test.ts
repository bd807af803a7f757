import { placesOf, stackOf } from "./layout.ts";

const node = (id: string, ...on: string[]) => ({ id, configuration: { dependencies: on.map((component) => ({ component })) } });
const columns = (nodes: Parameters<typeof placesOf>[0]) =>
  Object.fromEntries([...placesOf(nodes)].map(([id, place]) => [id, place.column]));

test("U1: what is depended on stands to the right of every component that depends on it", () => {
  expect(columns([node("web", "api", "cache"), node("api", "db", "cache"), node("db"), node("cache")])).toEqual({
    web: 0,
    api: 1,
    db: 2,
    cache: 2,
  });
});
test("no two stand in one place", () => {
  const places = [...placesOf([node("a"), node("b"), node("c", "a")]).values()].map((p) => `${p.column},${p.row}`);
  expect(new Set(places).size).toBe(3);
});
test("U1: what is not connected stands below what is, and users above what they use", () => {
  const places = placesOf([node("mail"), node("web", "api"), node("admin", "db"), node("db"), node("api")]);
  const rows = Object.fromEntries([...places].map(([id, { column, row }]) => [id, `${column},${row}`]));
  expect(rows).toEqual({ web: "0,0", admin: "0,1", mail: "0,2", api: "1,0.5", db: "1,1.5" });
});
test("U1: many that are not connected stand in rows, so that all of them can be read", () => {
  const names = ["a", "b", "c", "d", "e", "f", "g", "h"];
  const shown = [...placesOf(names.map((name) => node(name)))].map(([id, { column, row }]) => `${id} ${column},${row}`);
  expect(shown.join(" ")).toBe("a 0,0 b 1,0 c 2,0 d 0,1 e 1,1 f 2,1 g 0,2 h 1,2");
  const places = [...placesOf([node("web", "api"), node("api"), ...names.map((name) => node(name))])];
  expect(places.slice(0, 5).map(([id, { column, row }]) => `${id} ${column},${row}`)).toEqual([
    "web 0,0",
    "api 1,0.5",
    "a 0,1",
    "b 1,1.5",
    "c 2,1",
  ]);
});
test("a circle is drawn all the same", () => {
  expect([...placesOf([node("a", "b"), node("b", "a")]).keys()].sort()).toEqual(["a", "b"]);
});
test("U1: on a narrow screen all stand in one column, in the order of their depth", () => {
  const places = [...stackOf([node("db"), node("web", "api"), node("api", "db")])];
  expect(places.map(([id, { column, row }]) => `${id} ${column},${row}`)).toEqual(["web 0,0", "api 0,1", "db 0,2"]);
});
