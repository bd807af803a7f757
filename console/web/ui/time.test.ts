import { clock, relative } from "./time.tsx";

const now = Date.parse("2026-03-01T01:00:00.000Z");
test.each([
  ["2026-03-01T00:59:55.000Z", "now", "现在"],
  ["2026-03-01T00:59:30.000Z", "30s ago", "30秒前"],
  ["2026-03-01T00:58:00.000Z", "2m ago", "2分钟前"],
  ["2026-02-27T02:00:00.000Z", "1d ago", "1天前"],
  ["2026-01-20T01:00:00.000Z", "1mo ago", "1个月前"],
  ["2026-03-02T13:00:00.000Z", "in 1d", "1天后"],
])("%s is %s, whatever the calendar says", (at, en, zh) => {
  expect([relative(at, now, "en"), relative(at, now, "zh-CN")]).toEqual([en, zh]);
});

test("a time of another day is told with its day, as a log of some days would tell yesterday's for today's", () => {
  const today = new Date(2026, 2, 1, 9, 5, 7, 8);
  const at = (...time: [number, number, number, number, number, number, number]) =>
    clock(new Date(...time).toISOString(), today.getTime());
  expect(at(2026, 2, 1, 0, 0, 0, 1)).toBe("00:00:00.001");
  expect(at(2026, 1, 28, 23, 59, 59, 999)).toBe("2026-02-28 23:59:59.999");
});
