import { test, expect } from "@jest/globals";
import { type Symptoms, symptomsOf } from "./signals.ts";

const told = (record: { restarts: number; quickExits: number; state?: string }): string[] => {
  const lastExit = { code: 1, signal: null, at: "2026-01-01T00:00:00.000Z", outOfMemory: false, lastLines: "" };
  const symptoms = { record: { state: "waiting", lastExit, failure: null, process: null, ...record }, probe: [], memoryMib: 256 };
  return symptomsOf(symptoms as unknown as Symptoms).map(({ code, detail }) => `${code} ${detail.restarts ?? "-"}`);
};

test.each([
  ["its first quick end", { restarts: 0, quickExits: 1 }, ["exit.at-once -"]],
  ["a crash loop", { restarts: 5, quickExits: 5 }, ["exit.at-once 5"]],
  ["an end after a while", { restarts: 1, quickExits: 0 }, ["exit.repeated 1"]],
  ["ready again after one end", { restarts: 1, quickExits: 0, state: "ready" }, []],
  ["ready again after many", { restarts: 3, quickExits: 0, state: "ready" }, ["exit.repeated 3"]],
])("W5: %s is told once", (_, record, codes) => {
  expect(told(record)).toEqual(codes);
});
