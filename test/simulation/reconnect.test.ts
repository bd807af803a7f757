import { EventEmitter } from "node:events";
import { link } from "../../edge-agents/runtime/link.ts";
import { type Socket, socketSession } from "../../edge-agents/runtime/session/socket-session.ts";
import type { Ledger } from "../../edge-agents/runtime/ledger.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { Fault } from "../../shared/base/fault.ts";
import { randomFrom } from "../support/random.ts";

/*
 * P6: the platform goes away and comes back under 1,000 agents. Their real links, on a simulated clock and network: how many requests
 * reach the platform in any one second is bounded, while it is down and when it is back.
 */
const agents = 1_000;
const spreadMs = 30_000;
/** With full jitter over 30 s each agent asks every 15 s on average, for its session and for what is wanted: 134 a second, and room for chance. */
const perSecondMax = 250;

const ledger = (): Ledger => {
  let cursor = 0;
  const take = async (_: unknown, to: number) => {
    cursor = to;
  };
  return {
    cursor: () => cursor,
    complete: () => true,
    doubt: async () => {},
    wanted: () => [],
    workload: async () => undefined,
    limits: () => undefined,
    traceOf: () => undefined,
    tombstones: () => [],
    unread: () => [],
    digest: async () => "",
    accept: take,
    keepOnly: take,
    epoch: 1,
  };
};

class Wire extends EventEmitter {
  readyState = 0;
  send() {}
  terminate() {
    if (this.readyState === 3) return;
    this.readyState = 3;
    queueMicrotask(() => this.emit("close"));
  }
}

test("P6: 1,000 agents that lose the platform at once come back spread over time, and all of them", async () => {
  const clock = steppedClock();
  const random = randomFrom(20_261_124);
  const perSecond = new Map<number, number>();
  const open = new Set<Wire>();
  let isUp = true;
  const asked = () => {
    const second = Math.floor(clock.now().getTime() / 1_000);
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
  };
  const dial = (): Socket => {
    asked();
    const socket = new Wire();
    setImmediate(() => {
      if (!isUp) return socket.terminate();
      socket.readyState = 1;
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      socket.emit("open");
    });
    return socket as unknown as Socket;
  };
  const desired = async (cursor: number) => {
    asked();
    if (!isUp) throw new Fault("unavailable", "down");
    return { version: 1 as const, changes: [], cursor, complete: cursor === 0, more: false };
  };
  const links = Array.from({ length: agents }, () =>
    link({
      cloud: { desired },
      dial: socketSession({ cloudUrl: "http://cloud.example.org", bearer: async () => "token", open: dial }),
      ledger: ledger(),
      clock,
      random,
      spreadMs,
      changed: () => {},
      watched: () => {},
      tasks: () => {},
      updateAsked: () => {},
      session: () => {},
      log: () => {},
    }),
  );
  const pass = async (seconds: number) => {
    for (let at = 0; at < seconds; at++) await clock.advance(1_000);
  };
  try {
    await pass(2);
    expect(open.size).toBe(agents);
    perSecond.clear();
    isUp = false;
    for (const socket of open) socket.terminate();
    await pass(60);
    const down = Math.max(...perSecond.values());
    expect(open.size).toBe(0);
    isUp = true;
    await pass(75);
    expect(open.size).toBe(agents);
    expect(down).toBeLessThanOrEqual(perSecondMax);
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(perSecondMax);
  } finally {
    await Promise.all(links.map((one) => one.stop()));
  }
}, 120_000);
