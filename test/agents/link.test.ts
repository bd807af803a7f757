import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocketServer } from "ws";
import { link } from "../../edge-agents/runtime/link.ts";
import { type Ledger, openLedger } from "../../edge-agents/runtime/ledger.ts";
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
let running: { stop(): Promise<void> };
const sessions: boolean[] = [];
const start = () =>
  link({
    cloudUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bearer: async () => "token",
    cloud: plane,
    ledger,
    clock: systemClock(),
    random: () => 0.1,
    spreadMs: 0,
    changed: () => {},
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
