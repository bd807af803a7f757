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
test("a circle is drawn all the same", () => {
  expect([...placesOf([node("a", "b"), node("b", "a")]).keys()].sort()).toEqual(["a", "b"]);
});
test("U1: on a narrow screen all stand in one column, in the order of their depth", () => {
  const places = [...stackOf([node("db"), node("web", "api"), node("api", "db")])];
  expect(places.map(([id, { column, row }]) => `${id} ${column},${row}`)).toEqual(["web 0,0", "api 0,1", "db 0,2"]);
});
