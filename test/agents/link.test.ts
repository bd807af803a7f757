import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { type Link, link } from "../../edge-agents/runtime/link.ts";
import { type Socket, socketSession } from "../../edge-agents/runtime/session/socket-session.ts";
import { type Ledger, openLedger } from "../../edge-agents/runtime/ledger.ts";
import { type SteppedClock, steppedClock } from "../../shared/adapters/memory/clock.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { Fault } from "../../shared/base/fault.ts";
import type { DesiredChange } from "../../shared/contract/agent.ts";
import { eventually } from "../support/eventually.ts";

const tenant = "tnt_0000000000000001" as DesiredChange["tenant"];
const id = (n: number) => `cmp_${String(n).padStart(16, "0")}` as DesiredChange["component"];

/** A cloud plane with a list of desired rows, a real WebSocket for wake-ups, and a switch that makes it unreachable. */
function cloudPlane(server: Server) {
  const sockets = new WebSocketServer({ server, path: "/v1/realtime" });
  const rows = new Map<string, DesiredChange>();
  let sequence = 0;
  const plane = {
    down: false,
    pulls: 0,
    put(n: number, generation: number) {
      sequence += 1;
      rows.set(id(n), { tenant, component: id(n), generation, sequence, workload: null });
    },
    forget: (n: number) => rows.delete(id(n)),
    wake: () => {
      for (const socket of sockets.clients) socket.send(JSON.stringify({ type: "desired", cursor: sequence }));
    },
    cut: () => {
      for (const socket of sockets.clients) socket.terminate();
    },
    desired: async (cursor: number) => {
      plane.pulls += 1;
      if (plane.down) throw new Fault("unavailable", "down");
      const changes = [...rows.values()].filter((r) => r.sequence > cursor).sort((a, b) => a.sequence - b.sequence);
      const page = changes.slice(0, 2);
      return {
        version: 1 as const,
        changes: page,
        cursor: page.at(-1)?.sequence ?? sequence,
        complete: cursor === 0,
        more: changes.length > 2,
      };
    },
  };
  return plane;
}

let home: string;
let server: Server;
let ledger: Ledger;
let plane: ReturnType<typeof cloudPlane>;
let running: Link;
const sessions: boolean[] = [];
const start = () =>
  link({
    cloud: plane,
    dial: socketSession({
      cloudUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      bearer: async () => "token",
    }),
    ledger,
    clock: systemClock(),
    random: () => 0.1,
    spreadMs: 0,
    changed: () => {},
    watched: () => {},
    tasks: () => {},
    updateAsked: () => {},
    session: (open) => sessions.push(open),
    log: () => {},
  });
const known = () =>
  ledger
    .tombstones()
    .map((t) => `${t.component.slice(-1)}@${t.generation}`)
    .sort();
const knows = (...wanted: string[]) =>
  eventually(`the ledger knows ${wanted}`, async () => JSON.stringify(known()) === JSON.stringify(wanted));

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "link-"));
  server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  plane = cloudPlane(server);
  ledger = await openLedger(home);
  sessions.length = 0;
});
afterEach(async () => {
  await running.stop();
  plane.cut();
  server.close();
  await rm(home, { recursive: true, force: true });
});

test("P6: pulls everything at first, page by page, then what a wake-up announces", async () => {
  for (const n of [1, 2, 3, 4, 5]) plane.put(n, 1);
  running = start();
  await knows("1@1", "2@1", "3@1", "4@1", "5@1");
  await eventually("the session is open", async () => sessions.includes(true));
  plane.put(2, 2);
  plane.wake();
  await knows("1@1", "2@2", "3@1", "4@1", "5@1");
});

test("changes that came while the session was cut are pulled after it is back", async () => {
  plane.put(1, 1);
  running = start();
  await eventually("the session is open", async () => sessions.includes(true));
  plane.put(1, 2);
  plane.cut();
  await knows("1@2");
});

test("goes on trying while the platform is down, and catches up after", async () => {
  plane.put(1, 1);
  plane.down = true;
  running = start();
  await eventually("it tried twice", async () => plane.pulls >= 2);
  expect(known()).toEqual([]);
  plane.down = false;
  await knows("1@1");
});

test("a whole listing at the start forgets what is no longer wanted", async () => {
  plane.put(1, 1);
  plane.put(2, 1);
  running = start();
  await knows("1@1", "2@1");
  await running.stop();
  plane.forget(1);
  ledger = await openLedger(home);
  running = start();
  await knows("2@1");
});

describe("while nothing is wanted", () => {
  /** As an index that is a moment behind: what was put is answered after so many pulls. */
  const lagging = (pulls: number) => {
    const { desired } = plane;
    let left = pulls;
    plane.desired = async (cursor) => {
      const page = await desired(cursor);
      const isBehind = page.changes.length > 0 && left > 0;
      if (isBehind) left -= 1;
      return isBehind ? { ...page, changes: [], cursor, more: false } : page;
    };
  };
  /** On no disk: a stepped clock does not wait for one. */
  const memoryLedger = (): Ledger => {
    const rows = new Map<string, DesiredChange>();
    let at = 0;
    const take = (changes: readonly DesiredChange[], cursor: number) => {
      for (const change of changes) rows.set(change.component, change);
      at = cursor;
    };
    return {
      ...ledger,
      cursor: () => at,
      tombstones: () => [...rows.values()],
      digest: async () => `all ${rows.size}`,
      accept: async (changes, cursor) => take(changes, Math.max(at, cursor)),
      keepOnly: async (listed, cursor) => {
        for (const component of rows.keys()) if (!listed.has(component)) rows.delete(component);
        at = cursor;
      },
    };
  };
  beforeEach(() => {
    ledger = memoryLedger();
  });
  class Silent extends EventEmitter {
    readonly readyState = 1;
    send = () => {};
    terminate = () => void this.emit("close");
  }
  /** On a clock of the test's own; `opens` answers each try to open a session. */
  const startOn = (clock: SteppedClock, opens: () => boolean) => {
    const dialled: Silent[] = [];
    running = link({
      cloud: plane,
      dial: socketSession({
        cloudUrl: "http://cloud.example.org",
        bearer: async () => "token",
        open: () => {
          const socket = new Silent();
          dialled.push(socket);
          setImmediate(() => socket.emit(opens() ? "open" : "close"));
          return socket as unknown as Socket;
        },
      }),
      ledger,
      clock,
      random: () => 0.5,
      spreadMs: 0,
      changed: () => {},
      watched: () => {},
      tasks: () => {},
      updateAsked: () => {},
      session: () => {},
      log: () => {},
    });
    return dialled;
  };
  const pass = async (clock: SteppedClock, minutes: number) => {
    for (let at = 0; at < minutes; at++) await clock.advance(60_000);
  };

  test("G22: with a session it asks twice a day, one time for everything", async () => {
    const clock = steppedClock();
    startOn(clock, () => true);
    await pass(clock, 5);
    plane.pulls = 0;
    await pass(clock, 24 * 60);
    expect(plane.pulls).toBeGreaterThanOrEqual(2);
    expect(plane.pulls).toBeLessThanOrEqual(3);
  });
  test("P6: without a session it asks every five minutes", async () => {
    const clock = steppedClock();
    startOn(clock, () => false);
    await pass(clock, 5);
    plane.pulls = 0;
    await pass(clock, 60);
    expect(plane.pulls).toBeGreaterThanOrEqual(11);
    expect(plane.pulls).toBeLessThanOrEqual(13);
  });
  test("P6: a change whose wake-up was lost comes with the next question, or when any answer tells of it", async () => {
    const clock = steppedClock();
    startOn(clock, () => true);
    await pass(clock, 5);
    plane.put(1, 1);
    await pass(clock, 60);
    expect(known()).toEqual([]);
    running.heard(1);
    await clock.advance(1);
    expect(known()).toEqual(["1@1"]);
    plane.put(2, 1);
    await pass(clock, 12 * 60 + 5);
    expect(known()).toEqual(["1@1", "2@1"]);
  });
  test("P6: what was announced and is not there yet is asked for again, and not for ever", async () => {
    const clock = steppedClock();
    const dialled = startOn(clock, () => true);
    await pass(clock, 5);
    lagging(3);
    plane.put(1, 1);
    dialled[0]?.emit("message", JSON.stringify({ type: "desired", cursor: 1 }));
    await pass(clock, 1);
    expect(known()).toEqual(["1@1"]);
    plane.pulls = 0;
    dialled[0]?.emit("message", JSON.stringify({ type: "desired", cursor: 99 }));
    await pass(clock, 10);
    const tries = plane.pulls;
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(10);
    running.heard(99);
    await pass(clock, 10);
    expect(plane.pulls).toBe(tries);
  });
  test("G22: once it has had everything, it asks with the digest of what it has, and keeps that when nothing differs", async () => {
    const clock = steppedClock();
    const digests: (string | undefined)[] = [];
    const { desired } = plane;
    plane.desired = async (cursor: number, digest?: string) => {
      if (cursor > 0) return desired(cursor);
      digests.push(digest);
      const same = { version: 1 as const, changes: [], cursor: 2, complete: true, more: false, same: true };
      return digest === undefined ? desired(cursor) : same;
    };
    plane.put(1, 1);
    plane.put(2, 1);
    startOn(clock, () => true);
    await pass(clock, 3 * 24 * 60);
    expect(digests.slice(0, 3)).toEqual([undefined, "all 2", "all 2"]);
    expect(known()).toEqual(["1@1", "2@1"]);
  });
  test("P6: a platform that forgot what it told is asked for everything, once", async () => {
    const clock = steppedClock();
    startOn(clock, () => true);
    plane.put(1, 1);
    plane.put(2, 1);
    await pass(clock, 5);
    expect(known()).toEqual(["1@1", "2@1"]);
    plane.forget(2);
    expect([running.relist(), running.relist()]).toEqual([true, false]);
    await pass(clock, 1);
    expect(known()).toEqual(["1@1"]);
  });
});
