import { EventEmitter } from "node:events";
import { link } from "../../edge-agents/runtime/link.ts";
import { type Socket, socketSession } from "../../edge-agents/runtime/session/socket-session.ts";
import { reporter } from "../../edge-agents/runtime/reporter.ts";
import type { Ledger } from "../../edge-agents/runtime/ledger.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { Fault } from "../../shared/base/fault.ts";

const hour = 3_600_000;
const refused = new Fault("unauthenticated", "This agent was revoked.");
const away = new Fault("unavailable", "The platform is away.");

/** How often an agent asks within an hour, when every call fails so. */
async function calls(fault: Fault, answer: string): Promise<number> {
  const clock = steppedClock();
  let count = 0;
  const fail = async (): Promise<never> => {
    count += 1;
    throw fault;
  };
  const open = (): Socket => {
    count += 1;
    const socket = new EventEmitter();
    queueMicrotask(() => {
      socket.emit("error", new Error(answer));
      socket.emit("close");
    });
    return Object.assign(socket, { readyState: 3, send: () => {}, terminate: () => {} }) as unknown as Socket;
  };
  const running = link({
    cloud: { desired: fail },
    dial: socketSession({ cloudUrl: "http://127.0.0.1:1", bearer: async () => "token", open }),
    ledger: { cursor: () => 0 } as Ledger,
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
  const reports = reporter({ report: fail, facts: async () => ({}), clock, random: () => 0.5, epoch: 1, log: () => {} });
  await clock.advance(hour);
  await Promise.all([running.stop(), reports.stop()]);
  return count;
}

test("P6: a revoked agent asks rarely: its platform owes it nothing but the same answer", async () => {
  expect(await calls(refused, "Unexpected server response: 401")).toBeLessThan(40);
});
test("one whose platform is away asks on, to be back soon", async () => {
  expect(await calls(away, "connect ECONNREFUSED")).toBeGreaterThan(500);
});
