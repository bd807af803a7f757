import { noTracer } from "../../shared/adapters/no-tracer.ts";
import { EventEmitter } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { openLedger } from "../../edge-agents/runtime/ledger.ts";
import { link } from "../../edge-agents/runtime/link.ts";
import { type Socket, socketSession } from "../../edge-agents/runtime/session/socket-session.ts";
import { reporter } from "../../edge-agents/runtime/reporter.ts";
import { scheduler } from "../../edge-agents/scheduler/main.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryCluster, memoryWorld } from "../../shared/adapters/memory/cluster.ts";
import { memoryTokens } from "../../shared/adapters/memory/tokens.ts";
import { Fault } from "../../shared/base/fault.ts";
import type { AgentReport, DesiredChange, Workload } from "../../shared/contract/agent.ts";
import type * as z from "zod";
import { randomFrom } from "../support/random.ts";
import { artifact } from "../support/components.ts";
import { workload as workloadOf } from "../support/workload.ts";

/*
 * P6, W6: the platform is away for an hour of simulated time. The agent's real ledger, link, scheduler and reporter go on: what runs
 * runs, a killed agent comes back from its disk, and after the hour each side knows exactly what the other did meanwhile, once.
 */
type Component = Workload["component"];
const id = (n: number) => `cmp_${String(n).padStart(16, "0")}` as Component;
const plain = workloadOf({ artifact: artifact() as Workload["artifact"], command: "run" });
const { tenant } = plain;

class Plane {
  isUp = true;
  failed = 0;
  sequence = 0;
  readonly rows = new Map<Component, DesiredChange>();
  /** Every observation that was taken, in order. */
  readonly taken: z.infer<typeof AgentReport>["observations"] = [];
  want(component: Component, generation: number, wanted: "running" | "removed") {
    this.sequence += 1;
    const release = `rel_${String(generation).padStart(16, "0")}` as Workload["release"];
    const workload = wanted === "removed" ? null : { ...plain, component, generation, release };
    this.rows.set(component, { tenant, component, generation, sequence: this.sequence, workload });
  }
  private check() {
    if (this.isUp) return;
    this.failed += 1;
    throw new Fault("unavailable", "down");
  }
  desired = async (cursor: number) => {
    this.check();
    const changes = [...this.rows.values()].filter((r) => r.sequence > cursor).sort((a, b) => a.sequence - b.sequence);
    return { version: 1 as const, changes, cursor: changes.at(-1)?.sequence ?? cursor, complete: cursor === 0, more: false };
  };
  report = async (report: z.infer<typeof AgentReport>) => {
    this.check();
    this.taken.push(...report.observations);
  };
  /** A session that stands while the platform is there. */
  open = (): Socket => {
    const socket = Object.assign(new EventEmitter(), { readyState: 1, send: () => {}, terminate: () => socket.emit("close") });
    setImmediate(() => (this.isUp ? socket.emit("open") : socket.emit("close")));
    this.sockets.add(socket);
    return socket as unknown as Socket;
  };
  readonly sockets = new Set<EventEmitter>();
}

test("P6: an hour without the platform: nothing is lost, nothing is doubled, and what runs never stops", async () => {
  const home = await mkdtemp(join(tmpdir(), "outage-"));
  const clock = steppedClock();
  const random = randomFrom(7);
  const tokens = memoryTokens({ clock });
  const plane = new Plane();
  const machine = memoryWorld();
  const start = async () => {
    const cluster = memoryCluster({ clock, world: machine });
    const ledger = await openLedger(home);
    const log = () => {};
    const reports = reporter({ report: plane.report, facts: async () => ({}), clock, random, epoch: ledger.epoch, log });
    const schedule = scheduler({
      ledger,
      cluster,
      clock,
      cloudKey: () => tokens.publicKey(),
      addressFor: async () => ({ host: "127.0.0.1", port: 1 }),
      addressesOf: () => [],
      tracer: noTracer,
      reporter: reports,
      gone: () => {},
      log,
    });
    const { session, watched } = reports;
    const dial = socketSession({ cloudUrl: "http://cloud.example.org", bearer: async () => "t", open: plane.open });
    const common = { clock, random, log, session, watched, dial, tasks: () => {}, updateAsked: () => {} };
    const linked = link({ ...common, cloud: plane, ledger, spreadMs: 30_000, changed: schedule.wake });
    const stop = async () => {
      await Promise.all([linked.stop(), schedule.stop(), reports.stop()]);
      cluster.close();
    };
    return { cluster, ledger, stop };
  };
  /** `diskMs`: real time for the ledger's disk, which no clock of ours moves. */
  const pass = async (seconds: number, diskMs = 0) => {
    for (let at = 0; at < seconds; at++) {
      await clock.advance(1_000);
      if (diskMs > 0) await wait(diskMs);
    }
  };
  const releasesOf = () =>
    [...machine.processes.keys()]
      .map((process) => machine.instances.get(process))
      .map((i) => `${i?.component} ${i?.record.release}`);

  let agent = await start();
  try {
    for (const n of [1, 2, 3]) plane.want(id(n), 1, "running");
    await pass(100, 3);
    const before = releasesOf();
    expect(before).toHaveLength(3);

    plane.isUp = false;
    for (const socket of plane.sockets) socket.emit("close");
    plane.want(id(1), 2, "running");
    plane.want(id(2), 2, "removed");
    plane.want(id(4), 1, "running");
    for (let minute = 0; minute < 60; minute++) {
      await pass(60);
      expect(releasesOf()).toEqual(before);
      if (minute === 20) {
        await agent.stop();
        agent = await start();
      }
    }
    expect(agent.ledger.wanted().map((w) => w.component)).toEqual([id(1), id(2), id(3)]);
    expect(plane.failed).toBeLessThan(60 * 60);

    const known = plane.taken.length;
    plane.isUp = true;
    await pass(180, 3);
    expect(releasesOf().sort()).toEqual([
      `${id(1)} rel_0000000000000002`,
      `${id(3)} rel_0000000000000001`,
      `${id(4)} rel_0000000000000001`,
    ]);
    const last = new Map(plane.taken.map((o) => [o.component, `${o.generation} ${o.phase}`]));
    expect(Object.fromEntries(last)).toEqual({
      [id(1)]: "2 settled",
      [id(2)]: "2 removed",
      [id(3)]: "1 settled",
      [id(4)]: "1 settled",
    });
    // Numbers only grow, over the restart too: whatever is sent twice is told apart.
    const numbers = plane.taken.map((o) => o.sequence);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(plane.taken.length).toBeGreaterThan(known);
  } finally {
    await agent.stop();
    await rm(home, { recursive: true, force: true });
  }
}, 120_000);
