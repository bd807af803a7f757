import { expect, test } from "@jest/globals";
import type { Context, ScheduledEvent } from "aws-lambda";
import { handler as sweepOutbox } from "../../functions/schedules/sweep-outbox.ts";
import { handler as sweepWatches } from "../../functions/schedules/sweep-watches.ts";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import { receiveFrame } from "../../shared/control/realtime/receive-frame.ts";
import { openConnection } from "../../shared/control/realtime/connect.ts";
import { DataCenterId, AgentId } from "../../shared/contract/id.ts";
import { artifact, startWorld, type World } from "../support/components.ts";
import { expectGolden } from "../support/golden.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { work } from "../support/work.ts";
import { dollars, httpRequest, type Meter, metered, scheduledCall, socketFrame, sum, times } from "./meter.ts";
import { functionSeconds, keyMonth, type Used } from "./prices.ts";

const minutesOfMonth = 30 * 24 * 60;
/** Of edge-agents/runtime: how often an agent lists what is wanted, tells how it is, and shows that it is there. */
const everyMinutes = { listing: 6 * 60, report: 24 * 60, ping: 9, connection: 120 };
/** A build's log comes in about so many reports, and it takes so long; the sizes of its slug do not cost by themselves. */
const build = { reports: 40, linesEach: 10, seconds: 60 };
/** A deploy is told of by the data center in about so many steps. */
const settling = 4;

interface Flows {
  readonly listing: Used;
  readonly report: Used;
  readonly ping: Used;
  readonly connection: Used;
  readonly sweeps: Used;
  readonly deploy: Used;
}

async function flowsOf(): Promise<Flows> {
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
  meter.deps.connections.open("c1");
  const connection = await counted(() => openConnection(meter.deps, "c1", opened), socketFrame);
  return {
    connection,
    ping: await counted(() => receiveFrame(meter.deps, "c1", JSON.stringify({ type: "ping" })), socketFrame),
    listing: await counted(async () => world.ask("agentDesired", { as: await as(), query: { cursor: "0" } }), httpRequest),
    report: await counted(
      async () => world.ask("agentReport", { as: await as(), body: { version: 1, observations: [] } }),
      httpRequest,
    ),
    sweeps: await meter.of(async () => {
      for (const sweep of [sweepOutbox, sweepWatches]) {
        meter.add(scheduledCall);
        await sweep({} as ScheduledEvent, {} as Context);
      }
    }),
    deploy: await meter.of(() => deploy(world, meter, component)),
  };
}

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
    text: "x".repeat(60),
  });
  for (let n = 1; n <= build.reports; n++)
    await report(n, { lines: Array.from({ length: build.linesEach }, (_, at) => line((n - 1) * build.linesEach + at + 1)) });
  await report(build.reports + 1, { result: { state: "succeeded", artifact: artifact() } });
  for (let n = 0; n < settling; n++) {
    meter.add(sum(httpRequest, httpRequest));
    await world.agent.settle(component);
    await work(meter.deps);
  }
}

const monthOfIdle = ({ listing, report, ping, connection }: Flows): Used =>
  sum(
    times(listing, minutesOfMonth / everyMinutes.listing),
    times(report, minutesOfMonth / everyMinutes.report),
    times(ping, minutesOfMonth / everyMinutes.ping),
    times(connection, (2 * minutesOfMonth) / everyMinutes.connection),
    { socketMinutes: minutesOfMonth },
  );
/** Lambda asks each of three queues with five long polls of 20 s. */
const polls = { queueRequests: 3 * 5 * 3 * minutesOfMonth };
const monthOfPlatform = ({ sweeps }: Flows): Used => sum(times(sweeps, minutesOfMonth), polls);

test("G22: docs/cost.md tells what the flows really use, by list price", async () => {
  const flows = await flowsOf();
  const platform = dollars(monthOfPlatform(flows)) + keyMonth;
  const idle = 1_000 * dollars(monthOfIdle(flows));
  const deploys = 100 * 20 * 30 * dollars(flows.deploy);
  await expectGolden("docs/cost.md", page({ flows, platform, idle, deploys }));
});

interface Bill {
  readonly flows: Flows;
  readonly platform: number;
  readonly idle: number;
  readonly deploys: number;
}
const money = (amount: number): string => `$${amount.toFixed(2)}`;
const row = (what: string, used: Used): string =>
  `| ${what} | ${used.httpRequests + used.socketMessages} | ${used.functionCalls} | ${used.readUnits} | ${used.writeUnits} | ${used.queueRequests} | ${used.keyRequests} | $${dollars(used).toFixed(8)} |`;

const page = ({ flows, platform, idle, deploys }: Bill): string => `# What the hosted plane costs

Written by \`test/cost/cost.test.ts\` from what the real flows use: every store unit, message and call is counted while they run; prices are AWS's list (us-east-1),
without free tiers (\`test/cost/prices.ts\`). Assumed, not counted: ${1_000 * functionSeconds} ms of a 1 GB function for each call; a build of ${build.seconds} s whose log comes in ${build.reports} reports; logs of the
functions, traffic and storage are left out, and so are alarms ($0.10 each) and our own metrics ($0.30 each for a month in which it is told all the time: up to five an operation).

| Once | Requests and frames | Function calls | Read units | Write units | Queue requests | Key requests | Costs |
|---|---|---|---|---|---|---|---|
${row("an agent lists what is wanted", flows.listing)}
${row("an agent tells how it is", flows.report)}
${row("an agent's ping", flows.ping)}
${row("an agent connects", flows.connection)}
${row("the minute's sweeps", flows.sweeps)}
${row("a deploy with its build", flows.deploy)}

| A month | Costs |
|---|---|
| the platform, when nobody is there (sweeps, polling of three queues, one key) | ${money(platform)} |
| 1,000 data centers in which nothing happens | ${money(idle)} |
| 100 teams with 20 deploys a day each | ${money(deploys)} |

Of an idle data center's month, ${money(1_000 * dollars(times(flows.report, minutesOfMonth / everyMinutes.report)))} per thousand are reports once a day, ${money(1_000 * dollars(times(flows.listing, minutesOfMonth / everyMinutes.listing)))} listings every six hours, ${money(1_000 * dollars(times(flows.ping, minutesOfMonth / everyMinutes.ping)))} pings, and ${money(1_000 * dollars(sum({ socketMinutes: minutesOfMonth })))}
the connection itself. The goal is $5 for a thousand (G22); it is ${idle < 5 ? "kept" : "not kept: that needs a cheaper way to be woken than an open WebSocket"}.
`;
