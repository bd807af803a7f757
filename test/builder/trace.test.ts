import { jest } from "@jest/globals";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { type BuilderWorld, startBuilderWorld } from "../support/builder-world.ts";
import { type Collector, startCollector } from "../support/collector.ts";

jest.setTimeout(120_000);
let world: BuilderWorld;
let collector: Collector;
beforeAll(async () => {
  [world, collector] = await Promise.all([startBuilderWorld(), startCollector()]);
});
afterAll(async () => {
  collector.stop();
  await world.close();
});

const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const site = { "index.html": "<h1>Hello</h1>" };

test("a builder sends its build as a span of the order's trace, to the collector that its environment names", async () => {
  const { url } = world.repository(site);
  const order = { trace: `00-${trace}-00f067aa0ba902b7-01` };
  await world.build({ kind: "git", url }, order, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint });
  expect(collector.spans).toMatchObject([
    { service: "pluvia-builder", name: "build", traceId: trace, parentSpanId: "00f067aa0ba902b7", status: {} },
  ]);
});

test("tasks of ECS have the collector in their environment; jobs of Kubernetes are among the goldens", () => {
  const builders = parse(readFileSync(new URL("../../infra/aws/builders.yml", import.meta.url), "utf8"));
  const [{ Environment }] = builders.Resources.BuilderTask.Properties.ContainerDefinitions;
  const named = Object.fromEntries(Environment.map((one: { Name: string; Value: string }) => [one.Name, one.Value]));
  expect(named["OTEL_EXPORTER_OTLP_ENDPOINT"]).toContain("param:otlp,");
});
