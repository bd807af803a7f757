import { prometheusMetrics } from "../../shared/adapters/local/prometheus-metrics.ts";
import { metricsPart } from "./metrics.ts";
import { listen } from "./server.ts";

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const work = { kind: "request", name: "componentDeploy", ms: 30, isCold: true } as const;

/** Every line of Prometheus's text format: a comment, or a name, labels and a number. */
const line = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? -?\d+(\.\d+)?)$/;

test("what was measured is told to operators alone, in the text that Prometheus reads", async () => {
  const metrics = prometheusMetrics();
  metrics.ended(work);
  metrics.ended({ ...work, isCold: false, ms: 700, failure: "unavailable" });
  metrics.ended({ ...work, kind: "command", name: "startBuild", waitedMs: 3_000, failure: "not_found" });
  metrics.count("buildsFailed", 1);
  metrics.level("buildsRunning", 3);
  metrics.level("buildsRunning", 2);
  const server = await listen({ host: "127.0.0.1", port: 0, parts: [metricsPart(metrics, "secret")], log: silent });
  const ask = (authorization?: string) =>
    fetch(`http://127.0.0.1:${server.port}/metrics`, { headers: authorization === undefined ? {} : { authorization } });
  expect((await ask()).status).toBe(401);
  expect((await ask("Bearer secre")).status).toBe(401);
  const answer = await ask("Bearer secret");
  const text = await answer.text();
  await server.stop(0);

  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/plain; version=0.0.4; charset=utf-8"]);
  const lines = text.split("\n").filter((each) => each !== "");
  expect(lines.filter((each) => !line.test(each))).toEqual([]);
  for (const told of [
    'pluvia_work_seconds_bucket{kind="request",operation="componentDeploy",le="0.02"} 0',
    'pluvia_work_seconds_bucket{kind="request",operation="componentDeploy",le="0.1"} 1',
    'pluvia_work_seconds_bucket{kind="request",operation="componentDeploy",le="+Inf"} 2',
    'pluvia_work_seconds_count{kind="request",operation="componentDeploy"} 2',
    'pluvia_failures_total{kind="command",operation="startBuild",code="not_found"} 1',
    'pluvia_errors_total{kind="request",operation="componentDeploy"} 1',
    'pluvia_queue_age_seconds_sum{kind="command",operation="startBuild"} 3',
    "pluvia_cold_starts_total 2",
    "pluvia_builds_failed_total 1",
    "pluvia_builds_running 2",
  ])
    expect(lines).toContain(told);
  // A family's samples come together, below what it is.
  const types = lines.filter((each) => each.startsWith("# TYPE"));
  expect(new Set(types).size).toBe(types.length);
});
