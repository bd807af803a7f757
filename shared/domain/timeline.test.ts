import { advance, freshTimeline, type Progress } from "./timeline.ts";

const none: Progress = { running: true, wanted: 2, prepared: 0, started: 0, ready: 0, leaving: 0, failure: null };
const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const story = (...facts: Partial<Progress>[]) =>
  facts.reduce((steps, fact, second) => advance(steps, { ...none, ...fact }, at(second)), freshTimeline());
const states = (...facts: Partial<Progress>[]): string[] => story(...facts).map((s) => s.state);

test.each<[string, Partial<Progress>[], string[]]>([
  ["begins with fetching", [{}], ["running", "waiting", "waiting", "waiting", "waiting"]],
  ["starts what is fetched", [{ prepared: 1 }], ["running", "running", "waiting", "waiting", "waiting"]],
  ["waits for health", [{ prepared: 2, started: 2 }], ["succeeded", "succeeded", "running", "waiting", "waiting"]],
  [
    "switches with the first that is ready",
    [{ prepared: 2, started: 2, ready: 1, leaving: 2 }],
    ["succeeded", "succeeded", "running", "running", "waiting"],
  ],
  [
    "drains when enough are ready",
    [{ prepared: 2, started: 2, ready: 2, leaving: 1 }],
    ["succeeded", "succeeded", "succeeded", "succeeded", "running"],
  ],
  [
    "ends",
    [
      { prepared: 2, started: 2, ready: 2, leaving: 1 },
      { prepared: 2, started: 2, ready: 2 },
    ],
    ["succeeded", "succeeded", "succeeded", "succeeded", "succeeded"],
  ],
  [
    "stays ended when an instance crashes later",
    [
      { prepared: 2, started: 2, ready: 2 },
      { prepared: 2, started: 2, ready: 1 },
    ],
    ["succeeded", "succeeded", "succeeded", "succeeded", "succeeded"],
  ],
  [
    "fails in the step it was in",
    [
      { prepared: 2, started: 2 },
      { prepared: 2, started: 2, failure: { message: "late" } },
    ],
    ["succeeded", "succeeded", "failed", "skipped", "skipped"],
  ],
  ["only drains when it stops", [{ running: false, leaving: 2 }], ["skipped", "skipped", "skipped", "skipped", "running"]],
])("a rollout %s", (_, facts, expected) => {
  expect(states(...facts)).toEqual(expected);
});

test("steps tell when they began, when they ended and why they failed", () => {
  const [fetch, , healthy] = story(
    {},
    { prepared: 2, started: 2 },
    { prepared: 2, started: 2, failure: { message: "It ends." } },
  );
  expect(fetch).toMatchObject({ startedAt: at(0).toISOString(), endedAt: at(1).toISOString() });
  expect(healthy).toEqual({
    name: "healthy",
    state: "failed",
    startedAt: at(1).toISOString(),
    endedAt: at(2).toISOString(),
    message: "It ends.",
  });
});
