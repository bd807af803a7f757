import { expect, test } from "@jest/globals";
import { isFault } from "../../shared/base/fault.ts";
import { memoryTable } from "../../shared/adapters/memory/table.ts";
import type { Observation } from "../../shared/contract/agent.ts";
import {
  type AgentId,
  ApplicationId,
  type BuildId,
  type ComponentId,
  type DataCenterId,
  TenantId,
} from "../../shared/contract/id.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import { acceptReport } from "../../shared/control/accept-report.ts";
import type { Caller } from "../../shared/control/change.ts";
import { sweepOutbox } from "../../shared/control/change.ts";
import { createApplication } from "../../shared/control/applications.ts";
import { createComponent } from "../../shared/control/create-component.ts";
import { createEmbeddedDataCenter } from "../../shared/control/create-data-center.ts";
import { deployComponent } from "../../shared/control/deploy-component.ts";
import { configureComponent, restartComponent, scaleComponent, stopComponent } from "../../shared/control/operate-component.ts";
import { registerAgent } from "../../shared/control/register-agent.ts";
import { reportBuild } from "../../shared/control/report-build.ts";
import { serveDesired } from "../../shared/control/serve-desired.ts";
import { startBuild } from "../../shared/control/start-build.ts";
import type { Table, Write } from "../../shared/ports/table.ts";
import { artifact } from "../support/components.ts";
import { type MemoryDeps, memoryDeps } from "../support/memory-deps.ts";

const crashed = new Error("the process died");
type Crash = "none" | "before" | "after" | "second";
const crashes: readonly Crash[] = ["none", "before", "after", "second"];

/** Dies before the commit, right after it (nothing was sent), or after the one that follows. */
function crashing(table: Table, crash: () => Crash): Table {
  let after = 0;
  return {
    ...table,
    transact: async (writes: readonly Write[]) => {
      const when = crash();
      if (when === "before") throw crashed;
      await table.transact(writes);
      after = when === "second" ? after + 1 : 0;
      if (when === "after" || after === 2) throw crashed;
    },
  };
}

const tenant = TenantId.parse("tnt_0000000000000001");
const caller: Caller = {
  tenant,
  actor: { kind: "user", id: "usr_0000000000000001", name: "Ada" },
  from: { address: "", agent: "" },
  operation: "test",
  applications: null,
  idempotency: null,
};

interface Sim {
  readonly deps: MemoryDeps;
  readonly component: ComponentId;
  readonly agent: { id: AgentId; dataCenter: DataCenterId };
  crash: Crash;
  sequence: number;
}

async function start(): Promise<Sim> {
  const deps = memoryDeps();
  const sim: { crash: Crash } = { crash: "none" };
  const table = memoryTable();
  Object.assign(deps, { table: crashing(table, () => sim.crash) });
  const { joinToken } = await createEmbeddedDataCenter(deps);
  const publicKey = { kty: "OKP", crv: "Ed25519", x: "x".repeat(43) } as const;
  const joined = await registerAgent(deps, { version: 1, token: joinToken, publicKey, agentVersion: "1", kind: "embedded" });
  const application = await createApplication(deps, caller, { name: "shop", description: "" });
  const source = { kind: "git", url: "https://example.org/x.git" } as const;
  const { id } = await createComponent(deps, caller, {
    application: ApplicationId.parse(application.id),
    create: { name: "web", source },
  });
  const whole = Object.assign(sim, {
    deps,
    component: id,
    agent: { id: joined.agent, dataCenter: joined.dataCenter },
    sequence: 0,
  });
  await deployed(whole);
  return whole;
}

/** The first release, so that every operation is allowed. */
async function deployed(sim: Sim): Promise<void> {
  const { operation } = await deployComponent(sim.deps, caller, { component: sim.component });
  await startBuild(sim.deps, { tenant, build: operation.build as BuildId });
  await report(sim, operation.build as BuildId);
  await settle(sim);
}
const report = (sim: Sim, build: BuildId) =>
  reportBuild(sim.deps, {
    tenant,
    build,
    attempt: 1,
    report: { version: 1, sequence: 1, result: { state: "succeeded", artifact: artifact() } },
  });

async function settle(sim: Sim): Promise<void> {
  const { changes } = await serveDesired(sim.deps, { dataCenter: sim.agent.dataCenter, cursor: 0 });
  const workload = changes[0]?.workload;
  if (!workload) return;
  sim.sequence += 1;
  const observation: Observation = {
    component: workload.component,
    tenant,
    generation: workload.generation,
    sequence: sim.sequence,
    phase: "settled",
    serving: workload.wanted === "running" ? workload.release : null,
    instances: [],
    steps: [],
    signals: [],
    addresses: [],
    at: sim.deps.clock.now().toISOString(),
  };
  await acceptReport(sim.deps, sim.agent, { version: 1, observations: [observation] });
}

/** Five things that may happen to one component side by side. */
const events: Record<string, (sim: Sim) => Promise<unknown>> = {
  deploy: (sim) => deployComponent(sim.deps, caller, { component: sim.component }),
  scale: (sim) => scaleComponent(sim.deps, caller, { component: sim.component, replicas: 3 }),
  restart: (sim) => restartComponent(sim.deps, caller, sim.component),
  configure: (sim) => configureComponent(sim.deps, caller, sim.component),
  stop: (sim) => stopComponent(sim.deps, caller, sim.component),
};

const rowsOf = (sim: Sim) => {
  const all: { sk: string; pk: string; value: unknown }[] = [];
  return sim.deps.table
    .query({ pk: `tenant#${tenant}`, limit: 1_000 })
    .then((page) => all.concat(page.items.map(({ pk, sk, value }) => ({ pk, sk, value }))));
};
async function operationsOf(sim: Sim): Promise<Operation[]> {
  return (await rowsOf(sim)).filter((r) => r.sk.startsWith("operation#")).map((r) => r.value as Operation);
}
const isOpen = (o: Operation) => o.state === "pending" || o.state === "running";

const orders = (names: readonly string[]): string[][] =>
  names.length <= 1
    ? [[...names]]
    : names.flatMap((name) => orders(names.filter((n) => n !== name)).map((rest) => [name, ...rest]));

/** What a crash interrupts is asked again by whoever got no answer; refusals (a stopped component does not restart) are answers. */
async function happen(sim: Sim, name: string, crash: Crash): Promise<void> {
  sim.crash = crash;
  try {
    await events[name]?.(sim);
  } catch (error) {
    if (error !== crashed && !isFault(error, "conflict")) throw error;
  } finally {
    sim.crash = "none";
  }
}

async function holds(sim: Sim): Promise<void> {
  const all = await operationsOf(sim);
  const open = all.filter(isOpen);
  expect(open.length).toBeLessThanOrEqual(1);
  const newest = all.toSorted((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
  // Whatever is unfinished is the newest intent.
  if (open[0]) expect(open[0].id).toBe(newest?.id);
  for (const o of all) expect([o.id, o.endedAt !== null]).toEqual([o.id, !isOpen(o)]);
  const watched = (await rowsOf(sim)).filter((r) => r.sk.startsWith("watch#operation#"));
  expect(watched.map((r) => r.sk)).toEqual(open.map((o) => `watch#operation#${o.id}`));
}

/** Everything a crash left is done, the data center answers, and all is at rest. */
async function finish(sim: Sim): Promise<void> {
  await sim.deps.clock.advance(60_000);
  await sweepOutbox(sim.deps, 0);
  // The builders of superseded deploys have not heard of it and report too.
  for (const { build } of await operationsOf(sim))
    if (build) {
      await startBuild(sim.deps, { tenant, build });
      await report(sim, build);
      await report(sim, build);
    }
  await settle(sim);
  await balances(sim);
}

/** As many releases of builds as deploys that succeeded, each of its own build, and no slot left taken. */
async function balances(sim: Sim): Promise<void> {
  const deploys = (await operationsOf(sim)).filter((o) => o.kind === "deploy" && o.state === "succeeded");
  const { items } = await sim.deps.table.query({
    pk: `tenant#${tenant}#component#${sim.component}`,
    prefix: "release#",
    limit: 1_000,
  });
  const built = items.filter((row) => row.value.reason === "deploy").map((row) => String(row.value.build));
  expect(built.toSorted()).toEqual(deploys.map((o) => String(o.build)).toSorted());
  expect(items.map((row) => row.value.number)).toEqual(items.map((_, at) => at + 1));
  const slots = (await rowsOf(sim)).find((r) => r.sk === "build-slots")?.value;
  expect(slots).toMatchObject({ running: [], waiting: [] });
}

test("W6: in all orders of 5 operations on one component, with a crash at each commit, at most one is unfinished, the newest wins and all ends", async () => {
  for (const order of orders(Object.keys(events)))
    for (const crash of crashes) {
      const sim = await start();
      for (const [at, name] of order.entries()) {
        await happen(sim, name, at === 2 ? crash : "none");
        await holds(sim);
      }
      await finish(sim);
      await holds(sim);
      const all = await operationsOf(sim);
      expect(all.filter(isOpen)).toEqual([]);
      const { changes } = await serveDesired(sim.deps, { dataCenter: sim.agent.dataCenter, cursor: 0 });
      expect(changes).toHaveLength(1);
      expect(changes[0]?.sequence).toBe(await sequenceOf(sim));
    }
}, 240_000);

/** The newest row of desired state carries the newest number ever given. */
async function sequenceOf(sim: Sim): Promise<number> {
  const row = await sim.deps.table.get({ pk: `data-center#${sim.agent.dataCenter}`, sk: "counter" });
  return Number(row?.value.sequence);
}

test("W6: 5 operations at the very same time leave one, and every one that was accepted has an end", async () => {
  for (let round = 0; round < 20; round++) {
    const sim = await start();
    let open = true;
    const names = Object.keys(events);
    const turned = [...names.slice(round % 5), ...names.slice(0, round % 5)];
    const answers = Promise.all(turned.map((name) => happen(sim, name, "none"))).finally(() => {
      open = false;
    });
    while (open) await sim.deps.clock.advance(50);
    await answers;
    await holds(sim);
    await finish(sim);
    expect((await operationsOf(sim)).filter(isOpen)).toEqual([]);
  }
}, 60_000);

test("each step run twice changes nothing", async () => {
  const sim = await start();
  const { operation } = await deployComponent(sim.deps, caller, { component: sim.component });
  const build = operation.build as BuildId;
  const twice = async (step: () => Promise<unknown>) => {
    await step();
    const once = JSON.stringify(await rowsOf(sim));
    await step();
    expect(JSON.stringify(await rowsOf(sim))).toBe(once);
  };
  await twice(() => startBuild(sim.deps, { tenant, build }));
  await twice(() => report(sim, build));
  await twice(() => sweepOutbox(sim.deps, 0));
  const sequence = sim.sequence;
  await twice(async () => {
    sim.sequence = sequence;
    await settle(sim);
  });
});
