import { codesIn, sourcesOf, unnamedFaults, unnamedParts } from "./said.ts";

/** Whose refusals reach people: the API, its use cases and rules, and the streams of a data center. */
const toPeople = sourcesOf("functions", "shared/control", "shared/domain", "edge-agents/streams", "edge-agents/terminal").concat(
  sourcesOf("edge-agents/logs", "edge-agents/runtime", "shared/adapters").filter(({ path }) =>
    /logs\/|runtime\/ticket\.ts$|(blob|table)-rules\.ts$|jwt-tokens\.ts$|(sandbox|capability)\.ts$/.test(path),
  ),
);
/** Speaks to queues, never to people. */
const toMachines = ["functions/_runtime/worker.ts"];
const looked = toPeople.filter(({ path }) => !toMachines.includes(path));

test("U1: every refusal that reaches a person has a code by which it can be told in their language", () => {
  expect(looked.length).toBeGreaterThan(100);
  expect(unnamedFaults(looked)).toEqual([]);
  expect(unnamedParts(looked)).toEqual([]);
});

test("the law sees what it forbids", () => {
  const file = (text: string) => [{ path: "a.ts", text }];
  expect(unnamedFaults(file(`throw new Fault("invalid", \`No (\${x}).\`, { next: "Try." });`))).toHaveLength(1);
  expect(unnamedFaults(file(`throw new Fault("invalid", "No.", { reason: "no.way" });`))).toEqual([]);
  expect(unnamedFaults(file(`throw new Fault("internal", "Ours.");`))).toEqual([]);
  expect(unnamedParts(file(`fields: [{ path: "a", message: \`b \${c}\` }]`))).toHaveLength(1);
  expect(unnamedParts(file(`fields: [{ path: "a", message: "b", rule: "c" }]`))).toEqual([]);
  expect(unnamedParts(file(`{ name: "images", available: true, message: "Yes." }`))).toHaveLength(1);
  const made = `const no = (reason: string, m: string) => new Fault("invalid", m, { reason });\nno("way.out", "m")`;
  expect([...codesIn(file(made))]).toEqual(["way.out"]);
});
