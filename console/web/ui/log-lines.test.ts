import type { LogLine } from "../../../shared/contract/agent.ts";
import { appended, firstOf, type LogRow, matterOf, prepended, rowsMax, rowsOf, sequenceOf, textOf } from "./log-lines.ts";

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
test("L6: older lines are read before the first line that a gap lacks", () => {
  const gap: LogRow = { kind: "gap", from: 4, to: 9, reason: "retention" };
  expect(firstOf(gap)).toBe(4);
  expect(numbers(prepended([gap, ...lines(10, 11)], lines(2, 3)))).toEqual([2, 3, 9, 10, 11]);
});
test("a copied log names time, instance and stream, and says what is missing", () => {
  const rows: LogRow[] = [...rowsOf([line(1, "a")]), { kind: "gap", from: 2, to: 4, reason: "rate limit" }];
  expect(textOf(rows, (text) => text)).toBe("2026-01-01T00:00:00.000Z - out a\n--- 2..4 rate limit");
});

test("W5: of what a program said last, the first line that sounds like trouble matters", () => {
  const said = (sequence: number, stream: LogLine["stream"], text: string): LogRow => ({
    kind: "line",
    line: { ...line(sequence, text), stream },
  });
  const rows = [
    said(1, "err", "Error: an old one"),
    said(2, "platform", "Release 1: instance a starts."),
    said(3, "err", "node:internal/modules/cjs/loader:1386"),
    said(4, "err", "  throw err;"),
    said(5, "err", "Error: Cannot find module '/app/no-such-file.js'"),
    said(6, "err", "    at Module._resolveFilename"),
    said(7, "platform", "Instance a ended with exit code 1."),
  ];
  expect(matterOf(rows)).toBe(5);
  expect(matterOf([said(1, "out", "hello"), said(2, "err", "oh dear")])).toBe(2);
  expect(matterOf([said(1, "out", "hello")])).toBeNull();
  expect(matterOf([])).toBeNull();
});
