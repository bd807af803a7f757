import { eventually } from "../support/eventually.ts";
import { type Collector, startCollector } from "../support/collector.ts";
import { demo, deployed } from "./journey.ts";
import { type Platform, removeHome, signUp, startPlatform } from "./platform.ts";

let collector: Collector;
let platform: Platform;
beforeAll(async () => {
  collector = await startCollector();
  platform = await startPlatform({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, PLUVIA_METRICS_TOKEN: "for-prometheus" },
  });
});
afterAll(async () => {
  await platform?.stop();
  collector.stop();
  if (platform) await removeHome(platform.home);
});

test("a deploy is one trace over processes: request, queue, worker, builder, the data center; what it took is measured", async () => {
  const { call } = await signUp(platform.url);
  await deployed(call, { application: "hello", name: "web", git: demo(platform.url, "node") });
  const traceOf = () => collector.spans.find(({ name }) => name === "rollout")?.traceId;
  await eventually("the agents told of the rollout", async () => traceOf() !== undefined);
  const spansOf = () => collector.spans.filter(({ traceId }) => traceId === traceOf());
  await eventually("what the agent told was taken", async () => spansOf().some(({ name }) => name === "reportObservation"));
  // Spans are sent when they have ended, a child before its parent.
  const roots = () => {
    const ids = new Set(spansOf().map(({ spanId }) => spanId));
    return spansOf().filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId));
  };
  await eventually("every span but the first has its parent", async () => roots().length === 1);
  const names = new Set(spansOf().map(({ service, name }) => `${service} ${name}`));
  for (const name of ["startBuild", "buildReport", "wakeDataCenter", "reportObservation"])
    expect(names).toContain(`pluvia-functions ${name}`);
  expect(names).toContain("pluvia-builder build");
  expect(names).toContain("pluvia-agents rollout");

  const metrics = await fetch(`${platform.url}/metrics`, { headers: { authorization: "Bearer for-prometheus" } });
  expect(await metrics.text()).toMatch(/pluvia_work_seconds_count\{kind="command",operation="startBuild"\} [1-9]/);
  expect((await fetch(`${platform.url}/metrics`)).status).toBe(401);
});
