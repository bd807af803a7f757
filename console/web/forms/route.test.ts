import fc from "fast-check";
import { placesOf, stackOf } from "./layout.ts";
import { type Card, detoursOf, pathThrough, type Point } from "./route.ts";

const card = (id: string, x: number, y: number): Card => ({ id, x, y, width: 248, height: 98 });
const edge = (source: string, target: string) => ({ id: `${source}-${target}`, source, target });
/** Whether a line along one axis touches a card. */
const touches = (c: Card, a: Point, b: Point) =>
  Math.max(a.x, b.x) > c.x &&
  Math.min(a.x, b.x) < c.x + c.width &&
  Math.max(a.y, b.y) > c.y &&
  Math.min(a.y, b.y) < c.y + c.height;
const hit = (cards: readonly Card[], corners: readonly Point[]) =>
  corners.slice(1).flatMap((b, n) => cards.filter((c) => touches(c, corners[n] as Point, b)).map((c) => c.id));

test("U1: an edge that would pass behind a card goes around it", () => {
  const cards = [card("web", 0, 168), card("orders", 320, 84), card("prices", 640, 0)];
  const found = detoursOf(cards, [edge("web", "orders"), edge("orders", "prices"), edge("web", "prices")], "across");
  expect([...found.keys()]).toEqual(["web-prices"]);
  const corners = found.get("web-prices") ?? [];
  expect(corners[0]).toEqual({ x: 248, y: 217 });
  expect(corners.at(-1)).toEqual({ x: 640, y: 49 });
  expect(hit(cards, corners)).toEqual([]);
});

test("U1: in a stack, an edge over a card passes beside it", () => {
  const cards = [card("web", 0, 0), card("orders", 0, 168), card("prices", 0, 336)];
  const found = detoursOf(cards, [edge("web", "orders"), edge("web", "prices")], "stacked");
  expect([...found.keys()]).toEqual(["web-prices"]);
  expect(hit(cards, found.get("web-prices") ?? [])).toEqual([]);
});

test("an edge back to the left goes around both its cards", () => {
  const cards = [card("a", 0, 0), card("b", 320, 84)];
  const corners = detoursOf(cards, [edge("b", "a")], "across").get("b-a") ?? [];
  expect(corners).toHaveLength(6);
  expect(hit(cards, corners)).toEqual([]);
});

test("two edges to different cards do not run on one line", () => {
  const cards = [card("a", 0, 0), card("m", 320, 0), card("x", 640, 0), card("y", 640, 400), card("n", 320, 168)];
  const lanes = [...detoursOf(cards, [edge("a", "x"), edge("a", "y")], "across").values()].map((c) => c[2]?.y);
  expect(new Set(lanes).size).toBe(lanes.length);
});

/** Whether the plain curve of an edge passes behind a card that is neither of its ends. */
function isBehind({ source, target }: ReturnType<typeof edge>, cards: readonly Card[], direction: "across" | "stacked") {
  const turned = direction === "across" ? cards : cards.map((c) => ({ ...c, x: c.y, y: c.x, width: c.height, height: c.width }));
  const [a, b] = [source, target].map((id) => turned.find((c) => c.id === id) as Card) as [Card, Card];
  const [x0, y0, x1, y1] = [a.x + a.width, a.y + a.height / 2, b.x, b.y + b.height / 2];
  return Array.from({ length: 101 }, (_, n) => n / 100).some((t) => {
    const x = (1 - t) ** 3 * x0 + 3 * t * (1 - t) * ((x0 + x1) / 2) + t ** 3 * x1;
    const y = ((1 - t) ** 3 + 3 * (1 - t) ** 2 * t) * y0 + (3 * (1 - t) * t ** 2 + t ** 3) * y1;
    return turned.some((c) => c !== a && c !== b && touches(c, { x, y }, { x, y }));
  });
}

test("U1: in whatever application, no detour touches a card, and its corners lie along the axes", () => {
  const application = fc.integer({ min: 2, max: 9 }).chain((count) =>
    fc
      .array(fc.tuple(fc.integer({ min: 0, max: count - 1 }), fc.integer({ min: 0, max: count - 1 })), { maxLength: 14 })
      .map((pairs) => ({
        nodes: Array.from({ length: count }, (_, n) => ({
          id: `n${n}`,
          configuration: {
            dependencies: pairs.filter(([a, b]) => a === n && b !== n).map(([, b]) => ({ component: `n${b}` })),
          },
        })),
        edges: [...new Set(pairs.filter(([a, b]) => a !== b).map(([a, b]) => `${a} ${b}`))].map((pair) => {
          const [a, b] = pair.split(" ");
          return edge(`n${a}`, `n${b}`);
        }),
      })),
  );
  fc.assert(
    fc.property(application, fc.constantFrom("across", "stacked"), ({ nodes, edges }, direction) => {
      const places = direction === "across" ? placesOf(nodes) : stackOf(nodes);
      const cards = [...places].map(([id, { column, row }]) => card(id, column * 320, row * 168));
      const detours = detoursOf(cards, edges, direction);
      const plain = edges.filter((e) => !detours.has(e.id)).filter((e) => isBehind(e, cards, direction));
      expect(plain).toEqual([]);
      for (const corners of detours.values()) {
        expect(hit(cards, corners)).toEqual([]);
        for (const [n, b] of corners.slice(1).entries()) {
          const a = corners[n] as Point;
          expect(a.x === b.x || a.y === b.y).toBe(true);
        }
      }
    }),
  );
});

test("a path begins and ends at its ends, with rounded corners", () => {
  const path = pathThrough([
    { x: 0, y: 0 },
    { x: 40, y: 0 },
    { x: 40, y: 60 },
  ]);
  expect(path).toBe("M 0 0 L 30 0 Q 40 0 40 10 L 40 60");
});
