import { expect, test } from "@jest/globals";
import type { LogLine } from "../contract/agent.ts";
import { bytesOf, withinVolume } from "./log-volume.ts";

const lines = (...texts: string[]): LogLine[] =>
  texts.map((text, at) => ({ sequence: at + 1, at: "2026-01-01T00:00:00.000Z", stream: "out", instance: null, text }));
const limitMib = 3;

test("L6: what fits is kept as it is", () => {
  const all = lines("a", "bb");
  expect(withinVolume(all, { roomBytes: 5, limitMib })).toEqual({ kept: all, dropped: 0 });
  expect(bytesOf(all)).toBe(5);
  expect(withinVolume([], { roomBytes: -1, limitMib })).toEqual({ kept: [], dropped: 0 });
});
test("L6: what does not fit is told in one line with how many and why", () => {
  const { kept, dropped } = withinVolume(lines("a", "bb", "c", "d"), { roomBytes: 4, limitMib });
  expect(kept).toMatchObject([
    { text: "a" },
    { sequence: 2, stream: "platform", code: "log.volume", params: { lines: 3, limit: 3 } },
  ]);
  expect(dropped).toBe(2);
  expect(kept[1]?.text).toMatch(/^3 lines were dropped: .* 3 MiB a day/);
  expect(withinVolume(lines("a"), { roomBytes: -7, limitMib })).toMatchObject({
    kept: [{ sequence: 1, code: "log.volume" }],
    dropped: 0,
  });
});
