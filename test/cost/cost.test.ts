import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import type { Context, ScheduledEvent } from "aws-lambda";
import { parse } from "yaml";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import { receiveFrame } from "../../shared/control/realtime/receive-frame.ts";
import { openConnection } from "../../shared/control/realtime/connect.ts";
import { DataCenterId, AgentId } from "../../shared/contract/id.ts";
import { connectionOf } from "../../shared/domain/agent-place.ts";
import { artifact, startWorld, type World } from "../support/components.ts";
import { expectGolden } from "../support/golden.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { randomFrom } from "../support/random.ts";
import { work } from "../support/work.ts";
import { components, idleDays } from "./idle.ts";
import { dollars, httpRequest, type Meter, metered, functionCall, socketFrame, sum, times } from "./meter.ts";
import { alarmMonth, functionSeconds, keyMonth, metricMonth, type Used } from "./prices.ts";
import { sweepOutbox, sweepWatches } from "../support/functions.ts";

const minutesOfMonth = 30 * 24 * 60;
/** Counted from days of an agent that does nothing, after the first. */
const idleSample = 3;
/** A build's log comes in about so many reports, and it takes so long; the sizes of its slug do not cost by themselves. */
const build = { reports: 40, linesEach: 10, seconds: 60 };
/** ECR's tokens are good for twelve hours, and renewed at half of that; where an image is holds for a week (edge-agents/platform-images.ts). */
const [pullsADay, imagesADay] = [4, components / 7];
/** A deploy is told of by the data center in about so many steps. */
const settling = 4;

interface Flows {
  readonly listing: Used;
  readonly report: Used;
  readonly image: Used;
  readonly pull: Used;
  readonly ping: Used;
  readonly sweeps: Used;
  readonly deploy: Used;
}
/** Of infra/aws/alarms.yml. */
const alarms = (): number =>
  Object.values(
    (parse(readFileSync(new URL("../../infra/aws/alarms.yml", import.meta.url), "utf8"), { merge: true }) as Fragment).Resources,
  ).filter(({ Type }) => Type === "AWS::CloudWatch::Alarm").length;
interface Fragment {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}

async function flowsOf(): Promise<Flows & { readonly metrics: readonly string[] }> {
  const meter = metered(memoryDeps());
  const world = await startWorld(meter.deps);
  const component = (await world.create()).id;
  const { agent } = world;
  const as = agent.bearer;
  const counted = (flow: () => Promise<unknown>, begins: Partial<Used>) =>
    meter.of(async () => {
      meter.add(begins);
      await flow();
    });
  const opened = { kind: "agent", agent: AgentId.parse(agent.agent), dataCenter: DataCenterId.parse(agent.dataCenter) } as const;
  const connection = connectionOf({ client: `pluvia-${agent.agent}`, session: "s", version: 1 });
  for (const id of ["c1", connection]) meter.deps.connections.open(id);
  await openConnection(meter.deps, connection, opened, meter.deps.clock.now());
  const flows = {
    ping: await counted(() => receiveFrame(meter.deps, "c1", JSON.stringify({ type: "ping" })), socketFrame),
    listing: await counted(async () => world.ask("agentDesired", { as: await as(), query: { cursor: "0" } }), httpRequest),
    report: await counted(
      async () => world.ask("agentReport", { as: await as(), body: { version: 1, observations: [] } }),
      httpRequest,
    ),
    sweeps: await meter.of(async () => {
      for (const sweep of [sweepOutbox, sweepWatches]) {
        meter.add(functionCall);
        await sweep({} as ScheduledEvent, {} as Context);
      }
    }),
    deploy: await meter.of(() => deploy(world, meter, component)),
    image: await counted(() => asked(world, "agentImage", { component, tag: "slug-1" }), httpRequest),
    pull: await counted(() => asked(world, "agentPullCredential", { component }), httpRequest),
  };
  return { ...flows, metrics: meter.metricsTold() };
}

/** What an agent without a registry of its own asks about a component. */
async function asked(world: World, name: "agentImage" | "agentPullCredential", about: object): Promise<void> {
  const { status } = await world.ask(name, { as: await world.agent.bearer(), body: { tenant: world.ada.team, ...about } });
  expect(status).toBe(200);
}

/** As package managers write. */
const random = randomFrom(5);
const logText = (n: number): string =>
  `npm http fetch GET 200 https://packages.example/${Math.floor(random() * 36 ** 8).toString(36)} ${Math.floor(random() * 900)}ms (cache miss) ${n}`;

/** From the click to the data center's last word. */
async function deploy(world: World, meter: Meter, component: string): Promise<void> {
  const runner = meter.deps.buildRunner as MemoryBuildRunner;
  meter.add(httpRequest);
  await world.ask("componentDeploy", { params: { component }, body: {} });
  await work(meter.deps);
  const order = runner.orders.at(-1);
  const report = async (sequence: number, more: object) => {
    meter.add(httpRequest);
    const { status } = await world.reportBuild(String(order?.id), { version: 1, sequence, ...more });
    expect(status).toBe(200);
    await work(meter.deps);
  };
  // The order, the address to put the slug to, and the slug.
  meter.add(sum(httpRequest, httpRequest, { storePuts: 1, storeGets: 1, builderSeconds: build.seconds }));
  const line = (n: number) => ({
    sequence: n,
    at: new Date(0).toISOString(),
    stream: "out",
    instance: null,
    text: logText(n),
  });
  for (let n = 1; n <= build.reports; n++)
    await report(n, { lines: Array.from({ length: build.linesEach }, (_, at) => line((n - 1) * build.linesEach + at + 1)) });
  await report(build.reports + 1, { result: { state: "succeeded", artifact: artifact() } });
  // Its agent asks where the image is, and is told where to put it.
  meter.add(httpRequest);
  await asked(world, "agentImage", { component, tag: "slug-1" });
  for (let n = 0; n < settling; n++) {
    meter.add(sum(httpRequest, httpRequest));
    await world.agent.settle(component);
    await work(meter.deps);
  }
}

/** Lambda asks each of three queues with five long polls of 20 s. */
const polls = { queueRequests: 3 * 5 * 3 * minutesOfMonth };
const monthOfPlatform = ({ sweeps }: Flows): Used => sum(times(sweeps, minutesOfMonth), polls);

test("G22: docs/cost.md tells what the flows really use, by list price, and 1,000 idle data centers cost less than $5 a month", async () => {
  const { metrics, ...flows } = await flowsOf();
  const day = sum(
    times(await idleDays(idleSample), 1 / idleSample),
    times(flows.pull, pullsADay),
    times(flows.image, imagesADay),
  );
  const platform = dollars(monthOfPlatform(flows)) + keyMonth;
  const watching = { alarms: alarms(), metrics: metrics.filter((name) => !name.startsWith("Errors ")).length };
  const idle = 1_000 * dollars(times(day, 30));
  const deploys = 100 * 20 * 30 * dollars(flows.deploy);
  expect(idle).toBeLessThan(5);
  await expectGolden("docs/cost.md", page({ flows, day, platform, watching, idle, deploys }));
}, 120_000);

interface Bill {
  readonly flows: Flows;
  /** Of one idle data center. */
  readonly day: Used;
  readonly platform: number;
  /** How many alarms there are, and metrics of our own. */
  readonly watching: { readonly alarms: number; readonly metrics: number };
  readonly idle: number;
  readonly deploys: number;
}
const money = (amount: number): string => `$${amount.toFixed(2)}`;
const rounded = (count: number): number => Number(count.toFixed(1));
const row = (what: string, used: Used): string =>
  `| ${what} | ${[
    used.httpRequests + used.socketMessages + used.brokerMessages,
    used.functionCalls,
    used.readUnits,
    used.writeUnits,
    used.queueRequests,
    used.keyRequests,
  ]
    .map(rounded)
    .join(" | ")} | $${dollars(used).toFixed(8)} |`;

/** A month of 1,000 agents that can be reached all the time, and do nothing else. */
const thousand = (used: Partial<Used>): string => money(1_000 * dollars(sum(used)));
const month = (every: { readonly seconds: number }, used: Partial<Used>): Used =>
  times(sum(used), (30 * 24 * 3_600) / every.seconds);

const page = ({ flows, day, platform, watching, idle, deploys }: Bill): string => `# What the hosted plane costs

Written by \`test/cost/cost.test.ts\` from what the real flows use: every store unit, message and call is counted while they run; prices are AWS's list (us-east-1),
without free tiers (\`test/cost/prices.ts\`). Assumed, not counted: ${1_000 * functionSeconds} ms of a 1 GB function for each call; a build of ${build.seconds} s whose log comes in ${build.reports} reports; logs of the
functions, traffic and storage are left out. Lines of a log are of about 80 characters and not all alike; rows above 800 bytes are kept deflated, as the adapter of the table does.

| Once | Requests and messages | Function calls | Read units | Write units | Queue requests | Key requests | Costs |
|---|---|---|---|---|---|---|---|
${row("an agent asks what is wanted", flows.listing)}
${row("an agent tells how it is", flows.report)}
${row("an agent asks where an image is", flows.image)}
${row("an agent asks what nodes pull a team's images with", flows.pull)}
${row("a day of an idle data center", day)}
${row("the minute's sweeps", flows.sweeps)}
${row("a deploy with its build", flows.deploy)}

For a deploy ${flows.deploy.credentials} sessions of STS are begun where no process has credentials of the team's yet; they are free, and good for an hour.

| A month | Costs |
|---|---|
| the platform, when nobody is there (sweeps, polling of three queues, one key) | ${money(platform)} |
| ${watching.alarms} alarms, and ${watching.metrics} metrics of our own that are told all the time as soon as anybody is there | ${money(watching.alarms * alarmMonth + watching.metrics * metricMonth)} |
| 1,000 data centers in which nothing happens | ${money(idle)} |
| 100 teams with 20 deploys a day each | ${money(deploys)} |

Of ${money(deploys)}, ${money(100 * 20 * 30 * dollars(sum({ builderSeconds: build.seconds })))} are the builders at the price of Fargate; a first attempt runs on Spot, which is cheaper and has no list price.

The goal is $5 for a thousand idle data centers (G22). Each has ten components that serve and three nodes, whose use changes all the time; its agent's own link and
reporter run for ${idleSample} days against the functions. Of ${money(idle)}, ${thousand({ brokerMinutes: minutesOfMonth })} are the connections at the broker; the rest is a new session, a listing and a whole report a day, a question every twelve hours,
and, as the data center has no registry of its own, what nodes pull its team's images with, every six hours, and where
each image is, once a week.

## Ways to be woken

What it costs by list price that 1,000 agents can be reached within seconds, all month, and nothing else:

| Way | A month | |
|---|---|---|
| MQTT at AWS IoT Core, pings free | ${thousand({ brokerMinutes: minutesOfMonth })} | taken: it tells who comes and goes, and whether a wake-up was taken |
| AppSync Events | ${thousand({ brokerMinutes: minutesOfMonth })} | the same price of a minute; nobody is told that an agent is gone |
| WebSocket of API Gateway, pinged every 9 minutes | ${thousand(sum({ socketMinutes: minutesOfMonth }, month({ seconds: 540 }, flows.ping)))} | what an agent takes that cannot reach the broker |
| SQS long polling, 20 s a request | ${thousand(month({ seconds: 20 }, { standardQueueRequests: 1 }))} | a queue for each agent besides |
| a conditional GET of S3 every 10 s | ${thousand(month({ seconds: 10 }, { storeGets: 1 }))} | |
| asking the API every 10 s | ${thousand(month({ seconds: 10 }, flows.listing))} | |
`;
