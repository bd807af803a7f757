import { emfMetrics } from "./emf-metrics.ts";

const at = Date.parse("2026-01-01T00:00:00Z");
type Line = Record<string, unknown> & {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string; Unit: string }[] }[];
  };
};
function told(use: (metrics: ReturnType<typeof emfMetrics>) => void): Line[] {
  const lines: string[] = [];
  use(emfMetrics({ write: (line) => lines.push(line), now: () => at, function: "components" }));
  return lines.map((line) => JSON.parse(line) as Line);
}
const work = {
  kind: "request",
  name: "componentDeploy",
  tenant: "tnt_a",
  operationId: "op_a",
  request: "r",
  ms: 12,
  isCold: false,
} as const;
const metricsIn = (line: Line | undefined) =>
  line?._aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name));

test("a line names its metrics as CloudWatch's format asks, each with a value of its own at the top", () => {
  const [line] = told((metrics) => {
    metrics.count("readUnits", 1.5);
    metrics.count("readUnits", 2);
    metrics.ended({ ...work, isCold: true, failure: "internal", waitedMs: 40 });
  });
  expect(line?._aws.Timestamp).toBe(at);
  for (const { Namespace, Dimensions, Metrics } of line?._aws.CloudWatchMetrics ?? []) {
    expect(Namespace).toBe("Pluvia");
    for (const { Name, Unit } of Metrics)
      expect([typeof line?.[Name], ["Milliseconds", "Count"]]).toEqual(["number", expect.arrayContaining([Unit])]);
    for (const dimension of Dimensions.flat()) expect(typeof line?.[dimension]).toBe("string");
  }
  expect(line).toMatchObject({ Latency: 12, Errors: 1, ColdStarts: 1, QueueAge: 40, ReadUnits: 3.5 });
});
test("a tenant is a field to search by, never a dimension to pay for", () => {
  const [line] = told((metrics) => metrics.ended({ ...work, failure: "internal" }));
  expect(line).toMatchObject({ tenant: "tnt_a", operationId: "op_a", request: "r", function: "components" });
  const dimensions = line?._aws.CloudWatchMetrics.map(({ Dimensions, Metrics }) => [Metrics[0]?.Name, Dimensions]);
  expect(dimensions).toEqual([
    ["Latency", [[]]],
    ["Errors", [["operation"], []]],
  ]);
});
test("a refusal is no error of ours", () => {
  const [line] = told((metrics) => metrics.ended({ ...work, failure: "not_found" }));
  expect([metricsIn(line), line?.["failure"]]).toEqual([["Latency"], "not_found"]);
});
test("what one piece of work used is not counted for the next", () => {
  const [, second] = told((metrics) => {
    metrics.count("writeUnits", 4);
    metrics.ended(work);
    metrics.ended(work);
  });
  expect(metricsIn(second)).toEqual(["Latency"]);
});
test("a ping of a data center at rest costs nothing", () => {
  expect(told((metrics) => metrics.ended({ ...work, kind: "frame", name: "realtimeMessage", isCold: true }))).toEqual([]);
});
test("a schedule that found all well costs nothing; it tells what is wrong and what there is", () => {
  const lines = told((metrics) => {
    metrics.count("readUnits", 1);
    metrics.level("buildsRunning", 0);
    metrics.ended({ ...work, kind: "schedule", name: "sweepWatches" });
    metrics.level("buildsRunning", 2);
    metrics.ended({ ...work, kind: "schedule", name: "sweepWatches", failure: "internal" });
  });
  expect(lines.map(metricsIn)).toEqual([["Errors", "BuildsRunning"]]);
});
