import { jest } from "@jest/globals";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { openLedger } from "../../edge-agents/runtime/ledger.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { localQueue } from "../../shared/adapters/local/queue.ts";
import { localTable } from "../../shared/adapters/local/table.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

/** `PLUVIA_KILLS=1000 npm test -- test/crash` for the long run. */
const kills = Number(process.env.PLUVIA_KILLS ?? 25);
jest.setTimeout(60_000 + kills * 2_000);
const child = path.resolve(import.meta.dirname, "child.ts");

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
const running = new Set<ChildProcess>();
beforeEach(async () => {
  directory = await temporaryDirectory();
});
afterEach(async () => {
  for (const one of running) one.kill("SIGKILL");
  await directory.remove();
});

/** Lets one work for a random time, kills it, and answers what it had told. */
async function killed(role: string, name: string): Promise<string[]> {
  const one = spawn(process.execPath, [child, role, directory.path, name], {
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(one);
  let told = "";
  const first = once(one.stdout, "data");
  one.stdout.on("data", (data) => {
    told += String(data);
  });
  const closed = once(one, "close");
  await Promise.race([first, closed]);
  setTimeout(() => one.kill("SIGKILL"), Math.random() * 60);
  await closed;
  running.delete(one);
  return told.split("\n").slice(0, -1);
}

test(`durability: what a table acknowledged before ${kills} kill -9 is there, whole, once`, async () => {
  for (let round = 0; round < kills; round++) {
    const told = await killed("table", `round${round}`);
    const table = localTable({ path: `${directory.path}/table.db`, clock: systemClock() });
    const [left, right] = await Promise.all(["left", "right"].map((sk) => table.get({ pk: "t", sk })));
    const newest = (await table.query({ pk: "rows", descending: true, limit: 1 })).items[0];
    table.close();
    const acknowledged = Number(told.at(-1)?.split(" ")[1] ?? 0);
    expect([left?.generation, Number(newest?.sk)]).toEqual([right?.generation, right?.generation]);
    expect(left?.generation).toBeGreaterThanOrEqual(acknowledged);
    expect(left?.generation).toBeLessThanOrEqual(acknowledged + 1);
  }
});

test(`P10: what an agent's ledger acknowledged before ${kills} kill -9 is there, with where it was in the stream of changes`, async () => {
  for (let round = 0; round < kills; round++) {
    const told = await killed("ledger", `round${round}`);
    const ledger = await openLedger(directory.path);
    const [left, right] = ledger.tombstones().map(({ generation }) => generation);
    const acknowledged = Number(told.at(-1)?.split(" ")[1] ?? 0);
    expect([left ?? 0, right ?? 0]).toEqual([ledger.cursor(), ledger.cursor()]);
    expect(ledger.cursor()).toBeGreaterThanOrEqual(acknowledged);
    expect(ledger.cursor()).toBeLessThanOrEqual(acknowledged + 1);
  }
});

test(`Q4: over ${kills} kill -9 of two processes at once a queue loses nothing it acknowledged, and hands out nothing that was acked`, async () => {
  const told: string[] = [];
  for (let round = 0; round < kills / 2; round++) {
    const both = await Promise.all([killed("queue", `a${round}`), killed("queue", `b${round}`)]);
    told.push(...both.flat());
  }
  const bodies = (what: string) => told.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1));
  const left = await drained();
  const [sent, acking, acked] = [bodies("sent"), new Set(bodies("acking")), new Set(bodies("acked"))];
  expect(sent.length).toBeGreaterThan(kills);
  expect(acked.size).toBeGreaterThan(0);
  // Doubled: acked twice, acked and handed out again, or there twice.
  expect(acked.size).toBe(bodies("acked").length);
  expect(left.filter((body) => acked.has(body))).toEqual([]);
  expect(new Set(left).size).toBe(left.length);
  // Lost: sent, and neither acked, nor left, nor just being acked when its process was killed; at most one a process was.
  const there = new Set(left);
  const untold = sent.filter((body) => !acked.has(body) && !there.has(body));
  expect(untold.filter((body) => !acking.has(body))).toEqual([]);
  expect(untold.length).toBeLessThanOrEqual(kills + 1);
});

async function drained(): Promise<string[]> {
  const queue = localQueue({ path: `${directory.path}/queue.db`, name: "work", attemptsMax: 1_000, clock: systemClock() });
  const bodies: string[] = [];
  while ((await queue.depth()) > 0) {
    for (const { body, receipt } of await queue.lease({ limit: 10, leaseMs: 60_000, waitMs: 1_000 })) {
      bodies.push(body);
      await queue.ack(receipt);
    }
  }
  queue.close();
  return bodies;
}
