import type { InfiniteData } from "@tanstack/react-query";
import type { Operation } from "../../../shared/contract/operation.ts";
import { withOperation } from "./operation-list.ts";
import type { OperationPage } from "./queries.ts";

const idOf = (letter: string) => `op_${letter.repeat(16)}`;
const operation = (letter: string, generation = 1) => ({ id: idOf(letter), generation }) as Operation;
/** Pages of operations, each named by a letter of its time; "…": there are older ones. */
const listOf = (words: string): InfiniteData<OperationPage> => {
  const pages = words.split("|").map((page) => [...page.replace("…", "")].map((letter) => operation(letter)));
  const more = (at: number) => at < pages.length - 1 || words.endsWith("…");
  return {
    pages: pages.map((items, at) => ({ items, ...(more(at) ? { next: `${at}` } : {}) })),
    pageParams: pages.map(() => undefined),
  };
};
const after = (words: string, changed: Operation) => withOperation(listOf(words), changed).pages;
const wordsOf = (words: string, letter: string) =>
  after(words, operation(letter))
    .map(({ items }) => items.map(({ id }) => id.at(-1)).join(""))
    .join("|");

test.each([
  { of: "a new one is the first", list: "dc|b…", changed: "e", shown: "edc|b" },
  { of: "the very first one is there", list: "", changed: "e", shown: "e" },
  { of: "one between those shown has its place by time", list: "ed|b…", changed: "c", shown: "ed|cb" },
  { of: "one that is older than all, all being shown, is the last", list: "ed|c", changed: "b", shown: "ed|cb" },
  { of: "one that no page reaches stays out", list: "ed|c…", changed: "b", shown: "ed|c" },
  { of: "one that is there stays where it is", list: "ed|c…", changed: "d", shown: "ed|c" },
])("U1: of a list of operations: $of", ({ list, changed, shown }) => {
  expect(wordsOf(list, changed)).toBe(shown);
});

test("U1: an operation of a list is as it was last told; older word of it changes nothing", () => {
  const [page] = after("ba", operation("a", 2));
  expect(page?.items.map(({ generation }) => generation)).toEqual([1, 2]);
  expect(after("a", operation("a", 0))[0]?.items[0]?.generation).toBe(1);
});
