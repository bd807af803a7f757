import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openLedger } from "../../edge-agents/runtime/ledger.ts";
import { reporter } from "../../edge-agents/runtime/reporter.ts";
import { scheduler } from "../../edge-agents/scheduler/main.ts";
import { tracerFor } from "../../shared/adapters/http/otlp-tracer.ts";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import { memoryCluster } from "../../shared/adapters/memory/cluster.ts";
import { type Collector, startCollector } from "../support/collector.ts";
import { artifact, startWorld, type World } from "../support/components.ts";
import { eventually } from "../support/eventually.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { sweepWatches } from "../support/functions.ts";

let collector: Collector;
beforeEach(async () => {
  collector = await startCollector();
});
afterEach(() => collector.stop());

const env = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20abc" });
const tracedWorld = () => {
  const deps = memoryDeps();
  const tracer = tracerFor(env(), {
    service: "pluvia-functions",
    version: "1",
    clock: deps.clock,
    waits: true,
    log: deps.log.warn,
  });
  return startWorld({ ...deps, tracer });
};

/** The agent's own ledger, scheduler and reporter over a cluster in memory. */
async function startAgent({ api, agent }: World) {
  const { clock, log } = api.deps;
  const home = await temporaryDirectory();
  const ledger = await openLedger(home.path);
  const cluster = memoryCluster({ clock });
  const tracer = tracerFor(env(), { service: "pluvia-agents", version: "1", clock, waits: false, log: log.warn });
  const reports = reporter({
    report: async (body) => {
      const { status } = await api.ask("agentReport", { as: await agent.bearer(), body });
      if (status !== 200) throw new Error(`the report was answered ${status}`);
    },
    traceOf: (told) => schedule.traceOf(told),
    facts: async () => ({}),
    clock,
    random: () => 0.5,
    epoch: 1,
    log: log.warn,
  });
  const schedule = scheduler({
    ledger,
    cluster,
    clock,
    tracer,
    cloudKey: () => api.deps.tokens.publicKey(),
    addressFor: async () => ({ host: "127.0.0.1", port: 1 }),
    addressesOf: () => [],
    reporter: reports,
    gone: () => {},
    log: log.warn,
  });
  await ledger.accept(await agent.desired(), 1);
  schedule.wake();
  return {
    stop: async () => {
      await schedule.stop();
      await reports.stop();
      cluster.close();
      await home.remove();
    },
  };
}

test("a deploy is one trace, to the word that it runs: request, queue, worker, the builder's report, agent, the agent's report, what follows", async () => {
  const world = await tracedWorld();
  const { id } = await world.create();
  const from = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const headers = { traceparent: from };
  const accepted = await world.ask("componentDeploy", { params: { component: id }, body: {}, headers });
  await world.work();
  const [order] = (world.api.deps.buildRunner as MemoryBuildRunner).orders;
  // The builder sends what its order says, as test/builder shows.
  const report = { version: 1, sequence: 1, result: { state: "succeeded", artifact: artifact() } } as const;
  await world.api.ask("buildReport", {
    as: String(order?.token),
    params: { build: String(order?.id) },
    body: report,
    headers: { traceparent: String(order?.trace) },
  });
  await world.work();
  const agent = await startAgent(world);
  const ours = () => collector.spans.filter(({ traceId }) => traceId === "4bf92f3577b34da6a3ce929d0e0e4736");
  await eventually("the component runs, and is told to run", async () => {
    await world.api.deps.clock.advance(1_000);
    return (
      (await world.operation(accepted.body.operation.id)).state === "succeeded" && (await world.view(id)).status === "running"
    );
  });
  await agent.stop();
  await world.work();

  const shown = new Set(ours().map(({ service, kind, name }) => `${service} ${kind} ${name}`));
  for (const span of [
    "pluvia-functions 2 componentDeploy",
    "pluvia-functions 5 startBuild",
    "pluvia-functions 2 buildReport",
    "pluvia-functions 5 wakeDataCenter",
    "pluvia-agents 5 rollout",
    "pluvia-functions 5 reportObservation",
  ])
    expect(shown).toContain(span);
  // The last word of the data center is told to browsers in the same trace.
  const spanOf = (name: string) => ours().findLast((span) => span.name === name);
  expect(spanOf("reportObservation")?.parentSpanId).toBe(spanOf("rollout")?.spanId);
  const ofReports = new Set(ours().flatMap((span) => (span.name === "reportObservation" ? [span.spanId] : [])));
  expect(ours().filter(({ name, parentSpanId }) => name === "publish" && ofReports.has(parentSpanId ?? ""))).not.toEqual([]);
  // Every span but the first has its cause among the others.
  const ids = new Set(["00f067aa0ba902b7", ...ours().map(({ spanId }) => spanId)]);
  expect(ours().filter(({ parentSpanId }) => !ids.has(parentSpanId ?? ""))).toEqual([]);
  const request = ours().find(({ name }) => name === "componentDeploy");
  expect(request?.attributes).toContainEqual({ key: "tenant", value: { stringValue: world.ada.team } });
  expect(request?.attributes).toContainEqual({
    key: "operation.id",
    value: { stringValue: accepted.body.operation.id },
  });
  expect(collector.headers.at(-1)).toMatchObject({ authorization: "Basic abc" });
});

test("a refused request is a span that failed; a caller that does not want its trace kept has none", async () => {
  const world = await tracedWorld();
  const from = (flags: string) => ({ traceparent: `00-${"a".repeat(31)}${flags.at(1)}-00f067aa0ba902b7-${flags}` });
  const params = { component: "cmp_0000000000000009" };
  await world.ask("componentView", { params, headers: from("01") });
  await world.ask("componentView", { params, headers: from("00") });
  const viewed = collector.spans.filter(({ name }) => name === "componentView");
  expect(viewed.map(({ status, parentSpanId }) => [status, parentSpanId])).toEqual([
    [{ code: 2, message: "not_found" }, "00f067aa0ba902b7"],
  ]);
});

test("without a collector nothing is traced: no row, no message and no change carries a trace", async () => {
  const world = await startWorld();
  const { id } = await world.create();
  await world.ask("componentDeploy", { params: { component: id }, body: {} });
  expect(JSON.stringify(await world.api.deps.queues.builds.lease({ limit: 10, leaseMs: 1, waitMs: 0 }))).not.toContain("trace");
  expect(collector.spans).toEqual([]);
});

test("a collector that is gone or refuses makes no request fail; the log says so", async () => {
  const world = await tracedWorld();
  collector.stop();
  expect((await world.ask("applicationList")).status).toBe(200);
  expect(world.api.deps.logged.some(({ message }) => message.includes("collector"))).toBe(true);
});

test("a collector that does not answer holds up nobody who goes on after an answer", async () => {
  const mute = createServer(() => {}).listen(0, "127.0.0.1");
  await once(mute, "listening");
  const OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(mute.address() as AddressInfo).port}`;
  const deps = memoryDeps();
  const options = { service: "pluvia-functions", version: "1", clock: deps.clock, waits: false, log: deps.log.warn };
  const world = await startWorld({ ...deps, tracer: tracerFor({ OTEL_EXPORTER_OTLP_ENDPOINT }, options) });
  const asked = once(mute, "request");
  expect((await world.ask("applicationList")).status).toBe(200);
  // It has been asked and has not answered: nobody waited for that.
  await asked;
  mute.closeAllConnections();
  mute.close();
});

test("log lines of a request and of a command say whose and what they are about", async () => {
  const world = await startWorld();
  const { id } = await world.create();
  await world.ask("componentDeploy", { params: { component: "cmp_0000000000000009" }, body: {} });
  expect(world.api.deps.logged.at(-1)).toMatchObject({
    fields: { operation: "componentDeploy", tenant: world.ada.team, request: expect.any(String), code: "not_found" },
  });
  const runner = world.api.deps.buildRunner as MemoryBuildRunner;
  Object.assign(runner, { start: () => Promise.reject(new Error("no builder today")) });
  await world.ask("componentDeploy", { params: { component: id }, body: {} });
  await expect(world.work()).rejects.toThrow("a command failed");
  expect(world.api.deps.logged.find(({ message }) => message.startsWith("command failed"))).toMatchObject({
    fields: { operation: "startBuild", tenant: world.ada.team, messageId: expect.any(String), attempt: 1 },
  });
});

test("work is measured by operation, with whose it was; builds are counted as they wait, run and fail", async () => {
  const world = await startWorld();
  const { metrics } = world.api.deps;
  const { id } = await world.create();
  const { body } = await world.ask("componentDeploy", { params: { component: id }, body: {} });
  expect(metrics.works.at(-1)).toMatchObject({
    kind: "request",
    name: "componentDeploy",
    tenant: world.ada.team,
    operationId: body.operation.id,
    isCold: false,
  });
  await world.work();
  expect(metrics.works.find(({ name }) => name === "startBuild")).toMatchObject({
    kind: "command",
    tenant: world.ada.team,
    waitedMs: expect.any(Number),
  });
  await sweepWatches({} as never, {} as never);
  expect([metrics.levels.get("buildsWaiting"), metrics.levels.get("buildsRunning")]).toEqual([0, 1]);
  const failed = { state: "failed", code: "build.step", message: "It failed.", next: "Mend it.", logLine: null } as const;
  await world.reportBuild(String(body.operation.build), { version: 1, sequence: 1, result: failed });
  expect(metrics.counts.get("buildsFailed")).toBe(1);
  await world.ask("componentView", { params: { component: "cmp_0000000000000009" } });
  expect(metrics.works.at(-1)).toMatchObject({ name: "componentView", failure: "not_found" });
});
