import fc from "fast-check";
import { diskShelves, type Entry, memoryShelf, type Shelf } from "./shelf.ts";

type Thing = { readonly n: number };
const shelves = diskShelves();
const makes: Readonly<Record<string, () => Shelf<Thing>>> = {
  "in memory": memoryShelf,
  "on the disk": () => shelves.shelf("Thing"),
};

const key = fc.constantFrom("a/1", "a/2", "b/1");
const word = fc.option(fc.constantFrom("x", "y"), { nil: undefined });
const entry: fc.Arbitrary<Entry<Thing>> = fc.tuple(key, word, fc.record({ n: fc.nat(9) }));
const act = fc.oneof(
  entry.map((put) => ({ put })),
  key.map((drop) => ({ drop })),
  fc.uniqueArray(entry, { selector: ([k]) => k }).map((fill) => ({ fill })),
);
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;

function doOn(shelf: Shelf<Thing>, given: Act): void {
  if ("put" in given) shelf.put(...given.put);
  else if ("drop" in given) shelf.drop(given.drop);
  else shelf.fill(given.fill);
}
function doOnList(list: readonly Entry<Thing>[], given: Act): readonly Entry<Thing>[] {
  if ("fill" in given) return given.fill;
  const gone = "put" in given ? given.put[0] : given.drop;
  return [...list.filter(([k]) => k !== gone), ...("put" in given ? [given.put] : [])];
}
const sorted = (things: readonly Thing[]): number[] => things.map(({ n }) => n).sort();

test.each(Object.entries(makes))("a shelf %s holds what was put on it last, and finds it by its word", (_, make) => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 20 }), (acts) => {
      const [shelf, other] = [make(), make()];
      other.put("a/1", "x", { n: 99 });
      let list: readonly Entry<Thing>[] = [];
      for (const each of acts) {
        doOn(shelf, each);
        list = doOnList(list, each);
      }
      expect(sorted(shelf.all())).toEqual(sorted(list.map(([, , thing]) => thing)));
      for (const k of ["a/1", "a/2", "b/1"]) expect(shelf.get(k)).toEqual(list.find(([known]) => known === k)?.[2]);
      for (const w of ["x", "y"])
        expect(sorted(shelf.of(w))).toEqual(sorted(list.flatMap(([, of, thing]) => (of === w ? [thing] : []))));
      expect(other.all()).toEqual([{ n: 99 }]);
    }),
  );
});
