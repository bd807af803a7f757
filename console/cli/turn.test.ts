import { expect, test } from "@jest/globals";
import { turnWords } from "./turn.ts";

test("C6: a build that waits says for what, how many are before it, and the limit", () => {
  expect(turnWords({ for: "team", before: 1, running: 2, atOnce: 2 })).toBe(
    "waiting for its turn: 1 build of your team before it, 2 running; the limit is 2 at once",
  );
  expect(turnWords({ for: "platform", before: 0, running: 4, atOnce: 4 })).toBe(
    "waiting for a builder of the platform: 0 builds before it, 4 running; the platform runs 4 at once, teams in turn",
  );
});
