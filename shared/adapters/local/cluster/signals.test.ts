import { test, expect } from "@jest/globals";
import type { Signal } from "./record.ts";
import { signalsOf, type Symptoms, symptomsOf } from "./signals.ts";

type Ends = { restarts: number; quickExits: number; state?: string; release?: string };
function symptomsWith(record: Ends): Symptoms {
  const lastExit = { code: 1, signal: null, at: "2026-01-01T00:00:00.000Z", outOfMemory: false, lastLines: "" };
  const symptoms = { record: { state: "waiting", lastExit, failure: null, process: null, ...record }, probe: [], memoryMib: 256 };
  return symptoms as unknown as Symptoms;
}
const worded = (signals: readonly Signal[]): string[] => signals.map(({ code, detail }) => `${code} ${detail.restarts ?? "-"}`);
const told = (record: Ends): string[] => worded(symptomsOf(symptomsWith(record)));

test.each([
  ["its first quick end", { restarts: 0, quickExits: 1 }, ["exit.at-once -"]],
  ["a crash loop", { restarts: 5, quickExits: 5 }, ["exit.at-once 5"]],
  ["an end after a while", { restarts: 1, quickExits: 0 }, ["exit.repeated 1"]],
  ["ready again after one end", { restarts: 1, quickExits: 0, state: "ready" }, []],
  ["ready again after many", { restarts: 3, quickExits: 0, state: "ready" }, ["exit.repeated 3"]],
])("W5: %s is told once", (_, record, codes) => {
  expect(told(record)).toEqual(codes);
});

test("W5: what a release that was given up goes on to do is told as it is now, before what its successor in place does", () => {
  const rejected = { at: 0, message: "", signals: [{ code: "exit.at-once", detail: { restarts: 4 } }] };
  const component = { rejected, workload: { release: "rel_2" } } as unknown as Parameters<typeof signalsOf>[0];
  const old = symptomsWith({ restarts: 7, quickExits: 7, release: "rel_1" });
  const own = symptomsWith({ restarts: 29, quickExits: 29, release: "rel_2" });
  expect(worded(signalsOf(component, [old, own]))).toEqual(["exit.at-once 29"]);
  expect(worded(signalsOf(component, [old]))).toEqual(["exit.at-once 4"]);
});
