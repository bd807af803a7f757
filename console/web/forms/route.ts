/** Where a card stands on the canvas, in its pixels. */
export interface Card {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface Point {
  readonly x: number;
  readonly y: number;
}
interface Ends {
  readonly id: string;
  readonly source: string;
  readonly target: string;
}
/** A run parallel to the direction of the edges, beside the cards. */
interface Lane {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly target: string;
}

/** Between a card and an edge that passes it. */
const clearance = 14;
/** From the side of a card to the first turn: within the gap of two columns (72) and of two rows. */
const turn = 26;
/** Between two edges that run beside each other. */
const spacing = 10;
/** Points of a curve that are looked at; cards are larger than the steps between them. */
const samples = 32;

const swapped = ({ x, y }: Point): Point => ({ x: y, y: x });
const swappedCard = (c: Card): Card => ({ id: c.id, x: c.y, y: c.x, width: c.height, height: c.width });

const start = (c: Card): Point => ({ x: c.x + c.width, y: c.y + c.height / 2 });
const end = (c: Card): Point => ({ x: c.x, y: c.y + c.height / 2 });

const covers = (c: Card, p: Point, margin: number): boolean =>
  p.x > c.x - margin && p.x < c.x + c.width + margin && p.y > c.y - margin && p.y < c.y + c.height + margin;

/** The curve that is drawn when nothing is in the way. */
function curve(a: Point, b: Point): Point[] {
  const middle = (a.x + b.x) / 2;
  return Array.from({ length: samples + 1 }, (_, n) => {
    const t = n / samples;
    const [p, q, r, s] = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t ** 2, t ** 3];
    return { x: p * a.x + (q + r) * middle + s * b.x, y: (p + q) * a.y + (r + s) * b.y };
  });
}

/** Whether the line from `a` to `b`, along one axis, passes a card closer than the clearance. */
const blocks = (c: Card, a: Point, b: Point): boolean => {
  const margin = clearance - 1;
  return (
    Math.max(a.x, b.x) > c.x - margin &&
    Math.min(a.x, b.x) < c.x + c.width + margin &&
    Math.max(a.y, b.y) > c.y - margin &&
    Math.min(a.y, b.y) < c.y + c.height + margin
  );
};

const cornersBy = (a: Point, b: Point, at: number): Point[] => [
  a,
  { x: a.x + turn, y: a.y },
  { x: a.x + turn, y: at },
  { x: b.x - turn, y: at },
  { x: b.x - turn, y: b.y },
  b,
];

/** The inner lines are looked at; the outer two are those that leave and reach the cards themselves. */
const isFree = (corners: readonly Point[], cards: readonly Card[]): boolean =>
  [1, 2, 3].every((n) => cards.every((c) => !blocks(c, corners[n] as Point, corners[n + 1] as Point)));

const overlaps = (lane: Lane, other: Lane): boolean =>
  lane.target !== other.target &&
  Math.abs(lane.at - other.at) < spacing &&
  Math.max(Math.min(lane.from, lane.to), Math.min(other.from, other.to)) <
    Math.min(Math.max(lane.from, lane.to), Math.max(other.from, other.to));

/** Beside every card, nearest to both ends first; further out where others run already. */
function candidates(a: Point, b: Point, cards: readonly Card[]): number[] {
  const beside = cards.flatMap((c) => [c.y - clearance, c.y + c.height + clearance]);
  const spread = beside.flatMap((at) => [0, 1, 2, 3].flatMap((n) => [at - n * spacing, at + n * spacing]));
  const way = (at: number) => Math.abs(at - a.y) + Math.abs(at - b.y);
  return [...new Set(spread)].sort((one, other) => way(one) - way(other) || one - other);
}

function detour(a: Point, b: Point, { target, cards, lanes }: { target: string; cards: readonly Card[]; lanes: Lane[] }) {
  for (const at of candidates(a, b, cards)) {
    const lane = { at, from: a.x + turn, to: b.x - turn, target };
    const corners = cornersBy(a, b, at);
    if (lanes.some((other) => overlaps(lane, other)) || !isFree(corners, cards)) continue;
    lanes.push(lane);
    return corners;
  }
  return null;
}

/**
 * The corners of each edge that would pass behind a card when drawn as a plain curve; an edge that is not named is drawn as
 * one. Edges leave on the right and arrive on the left; `stacked`: at the bottom and on top.
 */
export function detoursOf(
  cards: readonly Card[],
  edges: readonly Ends[],
  direction: "across" | "stacked",
): ReadonlyMap<string, readonly Point[]> {
  const isStacked = direction === "stacked";
  const placed = isStacked ? cards.map(swappedCard) : cards;
  const lanes: Lane[] = [];
  const found = new Map<string, readonly Point[]>();
  for (const edge of edges) {
    const [source, target] = [edge.source, edge.target].map((id) => placed.find((c) => c.id === id));
    if (!source || !target) continue;
    const [a, b] = [start(source), end(target)];
    const others = placed.filter((c) => c !== source && c !== target);
    const isBack = b.x <= a.x;
    if (!isBack && !curve(a, b).some((p) => others.some((c) => covers(c, p, clearance / 2)))) continue;
    const corners = detour(a, b, { target: edge.target, cards: placed, lanes });
    if (corners) found.set(edge.id, isStacked ? corners.map(swapped) : corners);
  }
  return found;
}

/** An SVG path through the corners, each rounded. */
export function pathThrough(corners: readonly Point[], radius = 10): string {
  const [first, ...rest] = corners;
  if (!first) return "";
  const pieces = rest.map((corner, n) => {
    const next = rest[n + 1];
    if (!next) return `L ${corner.x} ${corner.y}`;
    const before = toward(corner, n === 0 ? first : (rest[n - 1] as Point), radius);
    const after = toward(corner, next, radius);
    return `L ${before.x} ${before.y} Q ${corner.x} ${corner.y} ${after.x} ${after.y}`;
  });
  return [`M ${first.x} ${first.y}`, ...pieces].join(" ");
}

/** From a corner towards another point, at most half the way. */
function toward(corner: Point, other: Point, distance: number): Point {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y);
  const share = length === 0 ? 0 : Math.min(distance, length / 2) / length;
  return { x: corner.x + (other.x - corner.x) * share, y: corner.y + (other.y - corner.y) * share };
}
