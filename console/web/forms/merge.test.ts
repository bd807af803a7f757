import { merged, type Row, rowsOf, withAdded, withTheirs } from "./merge.ts";

interface Port {
  readonly port: number;
  readonly open: boolean;
}
const keyOf = ({ port }: Port) => String(port);
/** "8080!" is open. */
const port = (word: string): Port => ({ port: Number.parseInt(word, 10), open: word.endsWith("!") });
const ports = (words: string): Port[] => words.split(" ").map(port);
const rows = (words: string): Row<Port>[] => rowsOf(ports(words), keyOf);
const wordsOf = (list: readonly Row<Port>[]) => list.map(({ value }) => `${value.port}${value.open ? "!" : ""}`).join(" ");
/** The row of that key as `word`. */
const edited = (list: readonly Row<Port>[], id: string, word: string) =>
  list.map((row) => (row.id === id ? { id, value: port(word) } : row));

interface Case {
  readonly name: string;
  readonly theirs: string;
  readonly mine: readonly Row<Port>[];
  readonly together: string;
  readonly both?: readonly string[];
}
const cases: readonly Case[] = [
  { name: "changes of different entries are both there", theirs: "1 2 3!", mine: rows("1! 2 3"), together: "1! 2 3!" },
  { name: "what each has added is there", theirs: "1 2 3 4", mine: withAdded(rows("1 2 3"), port("5!")), together: "1 2 3 4 5!" },
  { name: "what each has removed is gone", theirs: "2 3", mine: rows("1 2"), together: "2" },
  { name: "the same change of both is one", theirs: "1! 3", mine: rows("1! 3"), together: "1! 3" },
  {
    name: "what both have added is there once",
    theirs: "1 2 3 4",
    mine: withAdded(rows("1 2 3"), port("4")),
    together: "1 2 3 4",
  },
  {
    name: "an entry that I call otherwise is still that one",
    theirs: "1! 2 3",
    mine: edited(rows("1 2 3"), "2", "7"),
    together: "1! 7 3",
  },
  { name: "changed in two ways", theirs: "1! 2 3", mine: edited(rows("1 2 3"), "1", "9"), together: "9 2 3", both: ["1"] },
  { name: "removed by them, changed by me", theirs: "1 3", mine: rows("1 2! 3"), together: "1 3 2!", both: ["2"] },
  { name: "changed by them, removed by me", theirs: "1 2! 3", mine: rows("1 3"), together: "1 3", both: ["2"] },
  { name: "added in two ways", theirs: "1 2 3 4", mine: withAdded(rows("1 2 3"), port("4!")), together: "1 2 3 4!", both: ["4"] },
];
test.each(cases)("$name: the list is $together", ({ theirs, mine, together, both = [] }) => {
  const now = merged({ base: ports("1 2 3"), theirs: ports(theirs), mine, keyOf });
  expect([wordsOf(now.rows), now.both]).toEqual([together, both]);
});

test.each(cases.filter(({ both }) => both))("$name: taking theirs leaves the list as they have it", ({ theirs, mine }) => {
  const { rows, both } = merged({ base: ports("1 2 3"), theirs: ports(theirs), mine, keyOf });
  const taken = withTheirs({ rows, theirs: ports(theirs), keys: both, keyOf });
  expect(wordsOf(taken).split(" ").sort()).toEqual(theirs.split(" "));
});

test("rows keep what tells them apart through a merge, and none has that of another", () => {
  const mine = withAdded(withAdded(edited(rows("1 2 3"), "2", "7"), port("8")), port("9"));
  const { rows: together } = merged({ base: ports("1 2 3"), theirs: ports("2 3 4"), mine, keyOf });
  expect(together.map(({ id }) => id)).toEqual(["2", "3", "4", ...mine.slice(3).map(({ id }) => id)]);
});
