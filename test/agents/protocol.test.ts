import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cloud } from "../../edge-agents/runtime/cloud.ts";
import { openLedger } from "../../edge-agents/runtime/ledger.ts";
import { observations, outdated } from "../../edge-agents/scheduler/observations.ts";
import { plan } from "../../edge-agents/scheduler/plan.ts";
import { AgentReport, type Workload } from "../../shared/contract/agent.ts";
import { adviceFor } from "../../shared/domain/advice.ts";
import { startWorld } from "../support/components.ts";
import { artifact } from "../support/components.ts";
import { workload as workloadOf } from "../support/workload.ts";

const id = (n: number) => `cmp_${String(n).padStart(16, "0")}` as Workload["component"];
const known = workloadOf({ artifact: artifact() as Workload["artifact"], component: id(1) });
const change = (n: number, generation: number, workload: unknown) => ({
  tenant: known.tenant,
  component: id(n),
  generation,
  sequence: n,
  workload,
});
/** As a platform of the year after would say it. */
const fromTheFuture = {
  version: 1,
  region: "moon",
  changes: [
    { ...change(1, 1, { ...known, colour: "blue" }), urgency: 3 },
    change(2, 7, { ...known, component: id(2), configuration: { ...known.configuration, kind: "swarm" } }),
    change(3, 1, { ...known, component: id(3), artifact: { kind: "wasm", digest: "x" } }),
  ],
  cursor: 3,
  complete: true,
  more: false,
};

describe("an older agent with a newer platform", () => {
  let server: Server;
  let home: string;
  let answer: unknown;
  beforeEach(async () => {
    server = createServer((_, response) => response.end(JSON.stringify(answer))).listen(0, "127.0.0.1");
    await once(server, "listening");
    home = await mkdtemp(join(tmpdir(), "protocol-"));
  });
  afterEach(async () => {
    server.close();
    await rm(home, { recursive: true, force: true });
  });
  const desired = () => cloud(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => "t").desired(0);

  test("takes what it understands, whatever else is said with it", async () => {
    answer = fromTheFuture;
    const { changes, unread } = await desired();
    expect(changes.map((c) => c.workload)).toEqual([known]);
    expect(unread?.map((u) => [u.component, u.generation])).toEqual([
      [id(2), 7],
      [id(3), 1],
    ]);
  });

  test("leaves alone what runs of a component it does not understand any more, and says that it is too old", async () => {
    const ledger = await openLedger(home);
    const before = { ...known, component: id(2), generation: 6 };
    await ledger.accept([{ ...change(2, 6, before), workload: before }], 1);
    answer = fromTheFuture;
    const { changes, cursor, unread } = await desired();
    await ledger.accept(changes, cursor, unread);
    await ledger.keepOnly(new Set([...changes, ...(unread ?? [])].map((each) => each.component)), cursor);
    const runs = [{ component: id(2), generation: before.generation }];
    const steps = plan({ wanted: ledger.wanted(), gone: [], complete: ledger.complete() }, runs);
    expect(steps.map((s) => [s.kind, s.component])).toEqual([["apply", id(1)]]);
    const told = observations(() => [])([], { tombstones: [], held: ledger.unread().map(outdated) });
    expect(told.map((o) => [o.component, o.generation, o.phase, o.signals.map((s) => s.code)])).toEqual([
      [id(2), 7, "failed", ["agent.outdated"]],
      [id(3), 1, "failed", ["agent.outdated"]],
    ]);
    expect(adviceFor({ code: "agent.outdated", detail: {} }).next).toMatch(/Update the agents/);
    // Once it is understood, it is as if nothing had been.
    await ledger.accept([{ ...change(2, 8, known), workload: { ...before, generation: 8 } }], 4);
    expect(ledger.unread().map((u) => u.component)).toEqual([id(3)]);
  });
});

describe("a newer agent with an older platform", () => {
  test("is heard: unknown fields are left out, unknown words are taken for the most careful one", async () => {
    const world = await startWorld();
    const { id: component } = await world.create();
    await world.deployed(component);
    const workload = await world.agent.workload(component);
    const observation = {
      component,
      tenant: workload.tenant,
      generation: workload.generation,
      sequence: 1_000,
      phase: "hibernating",
      serving: workload.release,
      instances: [
        {
          id: "1-0",
          release: workload.release,
          releaseNumber: 1,
          state: "dreaming",
          restarts: 0,
          startedAt: null,
          lastExit: null,
          memoryBytes: null,
          cpuMillis: null,
          node: "n",
          gpu: 2,
        },
      ],
      steps: [],
      signals: [],
      addresses: [],
      at: "2026-01-01T00:00:00.000Z",
      mood: "fine",
    };
    const body = { version: 1, observations: [observation], agentVersion: "7.0.0", weather: "rain" };
    expect(AgentReport.parse(body).observations[0]).toMatchObject({ phase: "progressing", instances: [{ state: "waiting" }] });
    expect((await world.ask("agentReport", { as: await world.agent.bearer(), body })).status).toBe(200);
    expect((await world.view(component)).instances.map((i) => i.state)).toEqual(["waiting"]);
  });

  test("its version is recorded with each report; an older one is told that there is an update", async () => {
    const world = await startWorld();
    const view = async () => (await world.ask("dataCenterView", { params: { dataCenter: world.agent.dataCenter } })).body;
    const report = async (agentVersion: string) =>
      world.ask("agentReport", { as: await world.agent.bearer(), body: { version: 1, observations: [], agentVersion } });
    await report("7.0.0");
    expect(await view()).toMatchObject({ agentVersion: "7.0.0", agentUpdate: null });
    await report("0.0.9");
    expect(await view()).toMatchObject({ agentVersion: "0.0.9", agentUpdate: "0.1.0" });
  });
});
