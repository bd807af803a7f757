import { spawnSync } from "node:child_process";
import { temporaryDirectory } from "../temporary-directory.ts";
import { bullmqSubject } from "./queue/bullmq.ts";
import { jetstreamSubject } from "./queue/jetstream.ts";
import { latencyBench } from "./queue/latency.ts";
import { localSubject } from "./queue/local.ts";
import type { Subject } from "./queue/subject.ts";
import { perSecond, quantile, rate } from "./ratio.ts";

const count = Number(process.env.PLUVIA_MESSAGES ?? 10_000);
const rounds = 7;
const senders = 500;

const peers = [
  { server: "redis-server", subject: bullmqSubject },
  { server: "nats-server", subject: jetstreamSubject },
];

/** G4: durable sends and handled messages a second against BullMQ and JetStream. G5: from send to handler. */
export async function queueBench(): Promise<void> {
  const directory = await temporaryDirectory();
  const ours = localSubject(directory.path);
  const subjects: Subject[] = [ours];
  try {
    await latencyBench(ours.queue, directory.path);
    for (const { server, subject } of peers)
      if (spawnSync(server, ["--version"]).status === 0) subjects.push(await subject(directory.path));
      else console.log(`G4: ${server} is not installed, so left out`);
    tell(subjects, await ratesOf(subjects));
  } finally {
    for (const subject of subjects) await subject.close();
    await directory.remove();
  }
}

interface Rates {
  readonly send: number[];
  readonly handle: number[];
}

/** In turn (A B C A B C …), so that all see the same machine. */
async function ratesOf(subjects: readonly Subject[]): Promise<ReadonlyMap<Subject, Rates>> {
  const rates = new Map<Subject, Rates>(subjects.map((subject) => [subject, { send: [], handle: [] }]));
  for (let round = 0; round < rounds; round++)
    for (const [subject, { send, handle }] of rates) {
      send.push(await rateOf(() => sendAll(subject)));
      handle.push(await rateOf(() => subject.handle(count)));
    }
  return rates;
}

async function rateOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return perSecond(count, performance.now() - started);
}

/** Each of `senders` sends its next one when its last is acknowledged. */
async function sendAll(subject: Subject): Promise<void> {
  let next = 0;
  const sender = async () => {
    while (next < count) await subject.send(next++);
  };
  await Promise.all(Array.from({ length: senders }, sender));
}

function tell(subjects: readonly Subject[], rates: ReadonlyMap<Subject, Rates>): void {
  const median = (subject: Subject, what: keyof Rates) => quantile(rates.get(subject)?.[what] ?? [], 0.5);
  console.log(`G4: ${count} messages, ${senders} senders, median of ${rounds}:`);
  for (const subject of subjects)
    console.log(
      `  ${subject.name.padEnd(10)} send ${rate(median(subject, "send"))}, handle ${rate(median(subject, "handle"))} — ${subject.durability}`,
    );
  const [ours, ...others] = subjects;
  if (!ours) return;
  for (const other of others) {
    const ratio = (what: keyof Rates) => `${what} ${(median(ours, what) / median(other, what)).toFixed(1)}×`;
    console.log(`G4: against ${other.name}: ${ratio("send")}, ${ratio("handle")}`);
  }
}
