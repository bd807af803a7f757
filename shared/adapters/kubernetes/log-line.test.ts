import { logLines, logStart, sinceOf } from "./log-line.ts";

const read = (from: Parameters<typeof logLines>[0], text: string) => {
  const lines = logLines(from);
  return { said: lines.push(Buffer.from(text)).toString(), position: lines.position() };
};

test("L6: a node in another zone than UTC tells its own time: reading goes on at the same instant", () => {
  const first = read(logStart, "2026-12-01T03:46:56.31+08:00 one\n2026-12-01T03:46:57.315635937+08:00 two\n");
  expect(first).toEqual({ said: "one\ntwo\n", position: { at: "2026-11-30T19:46:57.315635937", count: 1 } });
  expect(sinceOf(first.position)).toBe("2026-11-30T19:46:57Z");
  const next = "2026-12-01T03:46:57.315635937+08:00 two\n2026-12-01T03:46:57.4+08:00 three\n";
  expect(read(first.position, next).said).toBe("three\n");
});

test("L6: lines come in the order of their instants, though summer time ended between them", () => {
  const { position } = read(logStart, "2026-11-01T01:59:59.9-04:00 before\n");
  expect(read(position, "2026-11-01T01:59:59.9-04:00 before\n2026-11-01T01:00:00.1-05:00 after\n").said).toBe("after\n");
});

test("of several lines of the very same time, those that were not kept yet are given", () => {
  const same = (words: string[]) => words.map((word) => `2026-11-30T12:00:00.5Z ${word}\n`).join("");
  const { position } = read(logStart, same(["one", "two"]));
  expect(position).toEqual({ at: "2026-11-30T12:00:00.500000000", count: 2 });
  expect(read(position, same(["one", "two", "three"])).said).toBe("three\n");
});
