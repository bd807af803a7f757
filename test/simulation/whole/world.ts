import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import type { Disk } from "../../../edge-agents/runtime/disk.ts";
import type { Ledger } from "../../../edge-agents/runtime/ledger.ts";
import { wire } from "../../../functions/_runtime/deps.ts";
import { handler as realtime } from "../../../functions/realtime.ts";
import { handler as sweepOutbox } from "../../../functions/schedules/sweep-outbox.ts";
import { handler as sweepWatches } from "../../../functions/schedules/sweep-watches.ts";
import { handler as builds } from "../../../functions/workers/builds.ts";
import { handler as chores } from "../../../functions/workers/chores.ts";
import { handler as notices } from "../../../functions/workers/notices.ts";
import { sqsEvent } from "../../../infra/local/faas/sqs-event.ts";
import { jwtTokens } from "../../../shared/adapters/jwt-tokens.ts";
import type { MemoryBuildRunner } from "../../../shared/adapters/memory/build-runner.ts";
import { type SteppedClock, steppedClock } from "../../../shared/adapters/memory/clock.ts";
import { seededIds } from "../../../shared/adapters/memory/ids.ts";
import { memoryTable } from "../../../shared/adapters/memory/table.ts";
import { Fault } from "../../../shared/base/fault.ts";
import type { BuildOrder } from "../../../shared/contract/agent.ts";
import { type QueueName, queueNames } from "../../../shared/contract/commands.ts";
import type { BuildRunner } from "../../../shared/ports/build-runner.ts";
import type { Cluster } from "../../../shared/ports/cluster.ts";
import type { Connections } from "../../../shared/ports/connections.ts";
import type { Queue } from "../../../shared/ports/queue.ts";
import type { Row, Table, Write } from "../../../shared/ports/table.ts";
import type { Tokens } from "../../../shared/ports/tokens.ts";
import { type MemoryDeps, memoryDeps } from "../../support/memory-deps.ts";
import { randomFrom } from "../../support/random.ts";
import { type Cause, type Crash, calm, current, Fate, Life, storm } from "./fate.ts";
import { History } from "./history.ts";
import type { Template } from "./template.ts";

type Worker = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>;
const workers: Record<QueueName, Worker> = { builds, notices, chores };
const leaseMs = 30_000;

/** Parts of the platform, as a planted bug leaves them. */
export interface Bug {
  readonly table?: (table: Table, world: World) => Table;
  readonly queue?: (queue: Queue, world: World) => Queue;
  readonly schedules?: readonly ("outbox" | "watches")[];
  readonly disk?: (disk: Disk) => Disk;
  readonly ledger?: (ledger: Ledger) => Ledger;
  readonly cluster?: (cluster: Cluster) => Cluster;
  /** Of every start of the agents. */
  readonly epoch?: number;
}

export interface Conditions {
  readonly isStormy: boolean;
  readonly crash?: Crash | undefined;
}
type Builder = (world: World, order: BuildOrder, end: (how: "ended" | "lost") => void) => Promise<void>;

/**
 * The whole platform in one process: the functions of the cloud plane over memory, and the agents of a data center on a pretended machine, joined by a
 * network that loses, repeats, delays and reorders. Any process may die at any write; clocks jump. All of it follows from the seed.
 */
export class World {
  readonly clock: SteppedClock;
  /** How far the clocks of both sides are off. */
  readonly offsets = { cloud: 0, agent: 0 };
  readonly fate: Fate;
  readonly history: History;
  readonly deps: MemoryDeps;
  readonly from: Template;
  readonly bug: Bug;
  readonly rows: ReturnType<typeof memoryTable>;
  /** Of the agents, by connection. A frame is lost with its session alone. */
  readonly sessions = new Map<string, { hear(frame: string): void; cut(): void }>();
  #inFlight = 0;
  #pumped = new Set<QueueName>();
  #queues: Record<QueueName, Queue>;
  readonly #build: Builder;
  readonly #isBehind: boolean;
  /** Its agents are replicas in a cluster: a new leader may come with an empty disk, and counts the terms. */
  readonly hasReplicas: boolean;
  private isOver = false;

  constructor(from: Template, seed: number, bug: Bug, builder: Builder) {
    this.#build = builder;
    this.from = from;
    this.bug = bug;
    this.#isBehind = seed % 3 === 0;
    this.hasReplicas = seed % 2 === 0;
    this.clock = steppedClock(from.at);
    const random = randomFrom(seed);
    this.fate = new Fate(random, this.clock.sleep);
    this.history = new History(from.tenant, () => this.clock.now().getTime());
    const now = () => new Date(this.clock.now().getTime() + this.offsets.cloud);
    const deps = memoryDeps({ ...this.clock, now });
    this.rows = memoryTable(from.rows);
    this.history.begin([...from.rows.values()]);
    this.#queues = deps.queues;
    const queues = Object.fromEntries(queueNames.map((name) => [name, this.#queue(name)])) as Record<QueueName, Queue>;
    this.deps = {
      ...deps,
      ids: seededIds(seed + 2),
      random,
      queues,
      table: this.#table(),
      tokens: withoutSignatures(jwtTokens({ jwk: from.jwk, clock: deps.clock })),
      connections: Object.assign(this.#connections(deps.connections), { frames: deps.connections.frames }) as never,
      buildRunner: this.#builders(deps.buildRunner as MemoryBuildRunner),
    };
  }

  /** Runs a function of the cloud plane. @throws when its process dies. */
  async invoke<T>(cause: Cause, work: () => Promise<T>): Promise<T> {
    const life = new Life(cause);
    this.#inFlight += 1;
    const died = life.over.then(() => {
      throw new Fault("unavailable", "the process died");
    });
    died.catch(() => {});
    return Promise.race([current.run(life, work), died]).finally(() => {
      this.#inFlight -= 1;
    });
  }

  #table(): Table {
    const { fate, rows } = this;
    // Every third world has an index of its own that is behind.
    const behind = this.#isBehind ? memoryTable(this.from.rows) : rows;
    const late: { readonly at: number; readonly writes: readonly Write[] }[] = [];
    const now = () => this.clock.now().getTime();
    const lag = async () => {
      while (late[0] && (fate.weather.lagMs === 0 || late[0].at <= now())) await behind.transact(late.shift()?.writes ?? []);
    };
    const plain = (write: Exclude<Write, { kind: "check" }>): Write =>
      write.kind === "put" ? { kind: "put", row: write.row } : { kind: "remove", key: write.key };
    const store: Table = {
      get: rows.get,
      getAll: rows.getAll,
      query: async (query) => {
        if (!query.byIndex) return rows.query(query);
        await lag();
        return behind.query(query);
      },
      transact: async (writes) => {
        await rows.transact(writes);
        this.history.committed(writes, current.getStore()?.cause);
        if (behind === rows) return;
        const at = Math.max(late.at(-1)?.at ?? 0, now() + fate.below(fate.weather.lagMs));
        late.push({ at, writes: writes.filter((w) => w.kind !== "check").map(plain) });
      },
    };
    const table = this.bug.table?.(store, this) ?? store;
    return {
      get: (key) => fate.reading(current.getStore(), () => table.get(key)),
      getAll: (keys) => fate.reading(current.getStore(), () => table.getAll(keys)),
      query: (query) => fate.reading(current.getStore(), () => table.query(query)),
      transact: (writes) => fate.writing(current.getStore(), () => table.transact(writes)),
    };
  }

  #queue(name: QueueName): Queue {
    const own = this.#queues[name];
    const queue = this.bug.queue?.(own, this) ?? own;
    this.#queues = { ...this.#queues, [name]: queue };
    const write = <T>(work: () => Promise<T>) => this.fate.writing(current.getStore(), work);
    return {
      ...queue,
      send: async (body, options) => {
        await write(() => queue.send(body, options));
        this.#pump(name);
      },
      retry: (receipt, delayMs) => write(() => queue.retry(receipt, delayMs)),
      bury: (message) => write(() => queue.bury(message)),
    };
  }

  #connections(own: MemoryDeps["connections"]): Connections {
    return {
      close: own.close,
      send: (id, frame) =>
        this.fate.reading(current.getStore(), async () => {
          const session = this.sessions.get(id);
          if (!session) return false;
          this.fate.telling(() => this.sessions.get(id)?.hear(frame), session.cut);
          return true;
        }),
    };
  }

  #builders(own: MemoryBuildRunner): BuildRunner {
    return {
      ...own,
      start: (order: BuildOrder) =>
        this.fate.writing(current.getStore(), async () => {
          const known = own.orders.length;
          const handle = await own.start(order);
          if (own.orders.length > known) void this.#build(this, order, (how) => own.end(handle, how));
          return handle;
        }),
    };
  }

  /** Messages are handed out a moment after they are there. */
  #pump(name: QueueName): void {
    if (this.#pumped.has(name) || this.isOver) return;
    this.#pumped.add(name);
    void this.clock.sleep(10 + this.fate.below(this.fate.weather.slowMs / 4)).then(() => {
      this.#pumped.delete(name);
      return this.#drain(name);
    });
  }
  async #drain(name: QueueName): Promise<void> {
    const queue = this.#queues[name];
    const leased = await queue.lease({ limit: 1 + this.fate.below(10), leaseMs, waitMs: 0 });
    if (leased.length === 0) return;
    this.#pump(name);
    const event = sqsEvent(`pluvia-local-${name}.fifo`, leased);
    try {
      const { batchItemFailures } = await this.invoke({ kind: "worker" }, () => workers[name](event, {} as Context));
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      if (this.fate.happens(this.fate.weather.repeat)) return; // done, and never acknowledged: it comes again
      for (const { id, receipt } of leased) await (failed.has(id) ? queue.retry(receipt, 2_000) : queue.ack(receipt));
    } catch {
      // It died: its messages come again when their lease is over.
    }
  }

  async #schedules(): Promise<void> {
    const { schedules = ["outbox", "watches"] } = this.bug;
    const handlers = { outbox: sweepOutbox, watches: sweepWatches };
    while (!this.isOver) {
      await this.clock.sleep(60_000);
      for (const name of schedules)
        await this.invoke({ kind: "schedule" }, () => handlers[name]({} as never, {} as Context)).catch(() => {});
      for (const name of queueNames) this.#pump(name);
    }
  }

  /** Both clocks are set by an hour now and then. */
  async #jumps(): Promise<void> {
    while (this.fate.weather !== calm) {
      await this.clock.sleep(60_000 + this.fate.below(300_000));
      if (this.fate.weather === calm) return;
      this.offsets[this.fate.pick(["cloud", "agent"] as const)] += this.fate.pick([-1, 1]) * 3_600_000;
    }
  }

  /** Of the agents: their session opens and ends. */
  async session(connection: string, routeKey: "$connect" | "$disconnect", connectedAt: number): Promise<number> {
    const bearer = this.from.agent;
    const event = {
      requestContext: { connectionId: connection, routeKey, connectedAt },
      headers: { authorization: `Bearer ${bearer}` },
    };
    const answer = await this.invoke({ kind: "agent" }, () => realtime(event as never, {} as Context));
    return Number(answer?.statusCode);
  }

  begin({ crash, isStormy }: Conditions): void {
    wire(this.deps);
    this.fate.weather = isStormy ? storm : calm;
    this.fate.crash = crash;
    void this.#schedules();
    if (isStormy) void this.#jumps();
  }

  end(): void {
    this.isOver = true;
  }

  /** Nothing goes wrong any more, and nothing new is asked for. */
  async rest(): Promise<void> {
    this.fate.weather = calm;
    const all = () => [...this.rows.rows.values()];
    const restless = async () => {
      const depths = await Promise.all(queueNames.map((name) => this.#queues[name].depth()));
      const left = queueNames.filter((_, at) => (depths[at] ?? 0) > 0).map((name) => `messages are left in ${name}`);
      return [...this.history.restless(all()), ...left, ...(this.#inFlight > 0 ? ["functions run"] : [])];
    };
    // An operation that waits for what was lost ends at its deadline, a build's after an hour and a half.
    for (let at = 0; at < 200 && (await restless()).length > 0; at++) await this.clock.advance(at < 60 ? 5_000 : 120_000);
    // What rests goes on resting.
    await this.clock.advance(65_000);
    for (let at = 0; at < 5 && (await restless()).length > 0; at++) await this.clock.advance(5_000);
    for (const what of await restless()) this.history.wrong("it does not come to rest:", what);
    for (const name of queueNames) {
      const dead = await this.#queues[name].deadLetters(3);
      if (dead.length > 0)
        this.history.wrong(
          "commands were given up",
          name,
          dead.map(({ body }) => body),
        );
    }
    const slots = all().find((row: Row) => row.sk === "build-slots")?.value;
    if (slots && [slots["running"], slots["waiting"]].flat().length > 0)
      this.history.wrong("builds hold slots that have ended", slots);
  }
}

/** The agents' tokens are their names: what is proven elsewhere would take most of a world's time. */
const withoutSignatures = (tokens: Tokens): Tokens => ({
  ...tokens,
  verifyAgent: async (agent, keyOf) => {
    if (!(await keyOf(agent))) throw new Fault("unauthenticated", "This agent is not known.");
    return { agent };
  },
});
