import { jsonLog } from "./json-log.ts";

const linesOf = (level: string, use: (log: ReturnType<typeof jsonLog>) => void): Record<string, unknown>[] => {
  const lines: string[] = [];
  use(jsonLog({ level, write: (line) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line));
};

test("a line is one JSON object with level, time, message and the fields", () => {
  const [line] = linesOf("info", (log) => log.warn({ tenant: "tnt_a", text: "a\nb" }, "slow"));
  expect(line).toEqual({ level: "warn", time: expect.stringMatching(/^\d{4}-/), message: "slow", tenant: "tnt_a", text: "a\nb" });
});
test("a field named as the message does not hide it", () => {
  expect(linesOf("info", (log) => log.info({ message: "id of a message" }, "moved"))[0]).toMatchObject({ message: "moved" });
});
test("what is below the level is not written; a level that is none means all", () => {
  const all = (log: ReturnType<typeof jsonLog>) => {
    for (const level of ["debug", "info", "warn", "error"] as const) log[level]({}, level);
  };
  expect(linesOf("warn", all).map((line) => line["level"])).toEqual(["warn", "error"]);
  expect(linesOf("loud", all)).toHaveLength(4);
});
test("an error is told with its cause", () => {
  const error = new Error("outer", { cause: new TypeError("inner") });
  const [line] = linesOf("info", (log) => log.error({ error }, "failed"));
  expect(line).toMatchObject({
    error: { message: "outer", stack: expect.any(String), cause: { name: "TypeError", message: "inner" } },
  });
});
