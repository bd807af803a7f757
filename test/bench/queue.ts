import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { Queue, Worker } from "bullmq";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { localQueue } from "../../shared/adapters/local/queue.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { inTurn, perSecond, quantile, rate } from "./ratio.ts";

const count = Number(process.env.PLUVIA_MESSAGES ?? 10_000);
const atOnce = 500;
const consumers = 50;
const body = JSON.stringify({ kind: "startBuild", version: 1, tenant: "tnt_0000000000000001", build: "bld_0000000000000001" });

interface Subject {
  send(at: number): Promise<unknown>;
  /** Resolves when all that was sent is handled. */
  handleAll(): Promise<void>;
}

async function sendAll(subject: Subject): Promise<number> {
  const started = performance.now();
  for (let from = 0; from < count; from += atOnce)
    await Promise.all(Array.from({ length: atOnce }, (_, at) => subject.send(from + at)));
  return perSecond(count, performance.now() - started);
}
async function handled(subject: Subject): Promise<number> {
  const started = performance.now();
  await subject.handleAll();
  return perSecond(count, performance.now() - started);
}

function ours(path: string) {
  const queue = localQueue({ path, name: "bench", attemptsMax: 5, clock: systemClock() });
  const consume = async () => {
    for (
      let leased = await queue.lease({ limit: 10, leaseMs: 30_000, waitMs: 0 });
      leased.length > 0;
      leased = await queue.lease({ limit: 10, leaseMs: 30_000, waitMs: 0 })
    ) {
      await Promise.all(leased.map((message) => queue.ack(message.receipt)));
    }
  };
  const subject: Subject = {
    send: (at) => queue.send(body, { tenant: `tnt_${at % 50}`, key: `key-${at}` }),
    handleAll: async () => {
      await Promise.all(Array.from({ length: consumers }, consume));
    },
  };
  return { subject, queue };
}

function bullmq(port: number): Subject & { close(): Promise<void> } {
  const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
  const queue = new Queue("bench", { connection, defaultJobOptions: { removeOnComplete: true, attempts: 5 } });
  return {
    send: () => queue.add("build", { body }),
    handleAll: async () => {
      let left = count;
      const worker = new Worker("bench", async () => {}, { connection, concurrency: consumers });
      await new Promise<void>((resolve) => worker.on("completed", () => --left === 0 && resolve()));
      await worker.close();
    },
    close: () => queue.close(),
  };
}

/** Every write on the disk before it is acknowledged: ours for what is sent; what was handled may be handled again after a loss of power. */
async function startRedis(directory: string): Promise<{ port: number; process: ChildProcess }> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const process = spawn(
    "redis-server",
    [
      "--port",
      String(port),
      "--bind",
      "127.0.0.1",
      "--dir",
      directory,
      "--appendonly",
      "yes",
      "--appendfsync",
      "always",
      "--save",
      "",
      "--maxmemory-policy",
      "noeviction",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  for await (const line of process.stdout) if (String(line).includes("Ready to accept connections")) break;
  process.stdout.resume();
  return { port, process };
}

/** G4: durable sends and handled messages a second against BullMQ. G5: from send to handler. */
export async function queueBench(): Promise<void> {
  const directory = await temporaryDirectory();
  try {
    const { subject, queue } = ours(`${directory.path}/queue.db`);
    await latency(queue);
    if (spawnSync("redis-server", ["--version"]).status === 0) await against(subject, directory.path);
    else
      console.log(
        `G4: skipped, redis-server is not installed; alone: send ${rate(await sendAll(subject))}, handle ${rate(await handled(subject))}`,
      );
    queue.close();
  } finally {
    await directory.remove();
  }
}

async function against(subject: Subject, directory: string): Promise<void> {
  const redis = await startRedis(directory);
  const theirs = bullmq(redis.port);
  try {
    const rates = {
      send: { ours: [] as number[], theirs: [] as number[] },
      handle: { ours: [] as number[], theirs: [] as number[] },
    };
    const measure = (of: Subject, into: "ours" | "theirs") => async () => {
      rates.send[into].push(await sendAll(of));
      rates.handle[into].push(await handled(of));
      return 0;
    };
    await inTurn(3, measure(subject, "ours"), measure(theirs, "theirs"));
    for (const what of ["send", "handle"] as const) {
      const [mine, other] = [quantile(rates[what].ours, 0.5), quantile(rates[what].theirs, 0.5)];
      console.log(
        `G4: ${what}, ${count} messages, on disk before the send is acknowledged: ${rate(mine)} against BullMQ's ${rate(other)}: ${(mine / other).toFixed(1)}×`,
      );
    }
  } finally {
    await theirs.close();
    redis.process.kill("SIGTERM");
    await once(redis.process, "exit");
  }
}

/** A consumer waits; a message is sent now and then. */
async function latency(queue: ReturnType<typeof localQueue>): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < 300; round++) {
    const waiting = queue.lease({ limit: 1, leaseMs: 30_000, waitMs: 5_000 });
    await new Promise((resolve) => setTimeout(resolve, 2));
    const started = performance.now();
    const [, [message]] = await Promise.all([queue.send(body, { tenant: "t" }), waiting]);
    times.push(performance.now() - started);
    await queue.ack(message?.receipt ?? "");
  }
  console.log(
    `G5: send → handler, one at a time: p50 ${quantile(times, 0.5).toFixed(2)} ms, p99 ${quantile(times, 0.99).toFixed(2)} ms: ${(100 / quantile(times, 0.99)).toFixed(0)}× sooner than a poll each 100 ms`,
  );
}
