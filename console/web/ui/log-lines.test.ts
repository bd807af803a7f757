import type { LogLine } from "../../../shared/contract/agent.ts";
import { appended, type LogRow, prepended, rowsMax, rowsOf, sequenceOf, textOf } from "./log-lines.ts";

const line = (sequence: number, text = `line ${sequence}`): LogLine => ({
  sequence,
  at: "2026-01-01T00:00:00.000Z",
  stream: "out",
  instance: null,
  text,
});
const lines = (from: number, to: number): LogRow[] => rowsOf(Array.from({ length: to - from + 1 }, (_, n) => line(from + n)));
const numbers = (rows: readonly LogRow[]) => rows.map(sequenceOf);

test("L6: a line sent twice is shown once", () => {
  expect(numbers(appended(lines(1, 3), lines(2, 5)))).toEqual([1, 2, 3, 4, 5]);
});
test("L6: a gap keeps its place and counts as seen", () => {
  const gap: LogRow = { kind: "gap", from: 4, to: 9, reason: "retention" };
  expect(numbers(appended(appended(lines(1, 3), [gap]), lines(8, 11)))).toEqual([1, 2, 3, 9, 10, 11]);
});
test("older lines come before, each once", () => {
  expect(numbers(prepended(lines(5, 6), lines(3, 5)))).toEqual([3, 4, 5, 6]);
});
test("nothing new keeps the same list, so that nothing is drawn again", () => {
  const rows = lines(1, 3);
  expect(appended(rows, lines(1, 2))).toBe(rows);
});
test("the oldest rows are let go above the limit", () => {
  const rows = appended(lines(1, rowsMax), lines(rowsMax + 1, rowsMax + 10));
  expect(rows).toHaveLength(rowsMax);
  expect(numbers(rows.slice(0, 1))).toEqual([11]);
});
test("a copied log names time, instance and stream, and says what is missing", () => {
  const rows: LogRow[] = [...rowsOf([line(1, "a")]), { kind: "gap", from: 2, to: 4, reason: "rate limit" }];
  expect(textOf(rows, (text) => text)).toBe("2026-01-01T00:00:00.000Z - out a\n--- 2..4 rate limit");
});
