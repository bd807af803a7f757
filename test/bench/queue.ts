import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
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
    tell(subjects, await measured(subjects));
  } finally {
    for (const subject of subjects) await subject.close();
    await directory.remove();
  }
}

type Doing = "send" | "handle";
interface Measured {
  readonly perSecond: number;
  /** Of a message, the server's included. */
  readonly cpuMicroseconds: number;
}
type Results = ReadonlyMap<Subject, Record<Doing, Measured[]>>;

/** In turn (A B C A B C …), so that all see the same machine. */
async function measured(subjects: readonly Subject[]): Promise<Results> {
  const results = new Map(subjects.map((subject) => [subject, { send: [] as Measured[], handle: [] as Measured[] }]));
  for (let round = 0; round < rounds; round++)
    for (const [subject, { send, handle }] of results) {
      send.push(await measure(subject, () => sendAll(subject)));
      handle.push(await measure(subject, () => subject.handle(count)));
    }
  return results;
}

async function measure(subject: Subject, work: () => Promise<void>): Promise<Measured> {
  const cpu = () => {
    const { user, system } = process.cpuUsage();
    return user + system + serverCpu(subject.pid);
  };
  const [started, before] = [performance.now(), cpu()];
  await work();
  return { perSecond: perSecond(count, performance.now() - started), cpuMicroseconds: (cpu() - before) / count };
}

/** In microseconds. Linux tells it in hundredths of a second: the 14th and 15th field of `stat`, of which the second, in brackets, may have spaces. */
function serverCpu(pid: number | undefined): number {
  const file = `/proc/${pid}/stat`;
  if (pid === undefined || !existsSync(file)) return 0;
  const fields = readFileSync(file, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** Each of `senders` sends its next one when its last is acknowledged. */
async function sendAll(subject: Subject): Promise<void> {
  let next = 0;
  const sender = async () => {
    while (next < count) await subject.send(next++);
  };
  await Promise.all(Array.from({ length: senders }, sender));
}

function tell(subjects: readonly Subject[], results: Results): void {
  const median = (subject: Subject, doing: Doing, what: keyof Measured) =>
    quantile(results.get(subject)?.[doing].map((one) => one[what]) ?? [], 0.5);
  const both = (subject: Subject, doing: Doing) =>
    `${doing} ${rate(median(subject, doing, "perSecond"))} (${median(subject, doing, "cpuMicroseconds").toFixed(1)} µs of CPU each)`;
  console.log(`G4: ${count} messages, ${senders} senders, median of ${rounds}:`);
  for (const subject of subjects)
    console.log(`  ${subject.name.padEnd(10)} ${both(subject, "send")}, ${both(subject, "handle")} — ${subject.durability}`);
  const [ours, ...others] = subjects;
  if (!ours) return;
  for (const other of others) {
    const ratio = (doing: Doing) => {
      const faster = median(ours, doing, "perSecond") / median(other, doing, "perSecond");
      const cheaper = median(other, doing, "cpuMicroseconds") / median(ours, doing, "cpuMicroseconds");
      return `${doing} ${faster.toFixed(1)}× (${cheaper.toFixed(1)}× by CPU)`;
    };
    console.log(`G4: against ${other.name}: ${ratio("send")}, ${ratio("handle")}`);
  }
}
