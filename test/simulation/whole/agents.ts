import { leading } from "../../../edge-agents/leading.ts";
import { cloud } from "../../../edge-agents/runtime/cloud.ts";
import type { Disk } from "../../../edge-agents/runtime/disk.ts";
import { ledgerOn } from "../../../edge-agents/runtime/ledger.ts";
import type { Dial } from "../../../edge-agents/runtime/session/session.ts";
import { type Behaviour, memoryCluster, memoryWorld } from "../../../shared/adapters/memory/cluster.ts";
import { noTracer } from "../../../shared/adapters/no-tracer.ts";
import { Fault } from "../../../shared/base/fault.ts";
import type { Workload } from "../../../shared/contract/agent.ts";
import { operations } from "../../../shared/contract/operations.ts";
import type { Clock } from "../../../shared/ports/clock.ts";
import type { Cluster } from "../../../shared/ports/cluster.ts";
import { eventOf } from "../../support/api.ts";
import { sickDigit } from "./builder.ts";
import { calm, forever, Life } from "./fate.ts";
import type { World } from "./world.ts";

export interface Agents {
  /** Exactly what the requests say runs. */
  check(): void;
  stop(): void;
}

const digitOf = ({ artifact }: Workload): string => artifact.digest?.at(-1) ?? "";
const behaviour = (workload: Workload): Behaviour => ({
  healthyAfterMs: digitOf(workload) === sickDigit ? null : Number(digitOf(workload)) * 1_500,
});

/** The agents of the data center: what is on their disk and the programs they started outlive them. */
export async function runAgents(world: World): Promise<Agents> {
  const { fate, history, from, bug } = world;
  const machine = memoryWorld();
  const files = new Map<string, string>();
  let life = new Life();
  let stopNow = () => {};
  let terms = 0;
  let isOver = false;
  history.runs = (component) => machine.components.has(component);

  const start = async (): Promise<void> => {
    const mine = new Life();
    life = mine;
    terms += 1;
    if (world.hasReplicas && fate.happens(fate.weather === calm ? 0 : 0.3)) files.clear();
    const clock: Clock = {
      now: () => new Date(world.clock.now().getTime() + world.offsets.agent),
      monotonicMs: world.clock.monotonicMs,
      sleep: async (ms, signal) => {
        await world.clock.sleep(ms, signal);
        if (mine.isOver) await forever();
      },
    };
    const disk = diskOf(files, world, mine);
    const read = await ledgerOn(bug.disk?.(disk) ?? disk, clock.now());
    if (mine.isOver) return;
    const ledger = bug.ledger?.(read) ?? read;
    const memory = memoryCluster({ clock, world: machine, behaviour });
    const cluster = watched(bug.cluster?.(memory) ?? memory, world);
    const api = cloud("http://cloud.example.org", async () => from.agent, sender(world, mine));
    leading({
      cloudUrl: "http://cloud.example.org",
      api,
      identity: world.deps.tokens
        .publicKey()
        .then((cloudKey) => ({ agent: from.agent, dataCenter: from.dataCenter, cloudKey, bearer: async () => from.agent })),
      cluster,
      ledger,
      clock,
      random: fate.random,
      dial: () => dialer(world, mine, `connection-${terms}`),
      tracer: noTracer,
      addressesOf: () => [],
      logs: { remove: () => {} },
      addressFor: async ({ port }) => ({ host: "127.0.0.1", port }),
      facts: async () => ({}),
      findings: async () => ({}),
      updateAsked: () => {},
      epoch: bug.epoch ?? (world.hasReplicas ? terms : ledger.epoch),
      spreadMs: 1_000,
      session: () => {},
      log: () => {},
    });
    stopNow = () => {
      mine.end();
      memory.close();
    };
    void mine.over.then(() => memory.close());
  };
  /** Whoever dies is started again. */
  const keepAlive = async (): Promise<void> => {
    while (!isOver) {
      const dead = life.over;
      await dead;
      if (isOver) return;
      await world.clock.sleep(500 + fate.below(10_000));
      void start().catch(() => life.end());
    }
  };
  const trouble = async (): Promise<void> => {
    while (fate.weather !== calm) {
      await world.clock.sleep(10_000 + fate.below(60_000));
      if (fate.weather === calm) return;
      const running = [...machine.processes.entries()];
      if (fate.happens(0.5)) life.end();
      else if (running.length > 0) {
        const [instance, { end }] = fate.pick(running);
        machine.processes.delete(instance);
        end(killed(world), null);
      }
    }
  };
  void start().catch(() => life.end());
  void keepAlive();
  if (fate.weather !== calm) void trouble();

  return {
    check: () => {
      for (const [component, record] of history.components) {
        const seen = history.statuses.get(component)?.observation;
        const wanted = record.wanted === "running" ? record.replicas : 0;
        const release = record.release?.id;
        const runs = [...machine.processes.keys()]
          .map((id) => machine.instances.get(id))
          .filter((i) => i?.component === component);
        const right = runs.filter((i) => i?.record.release === release).length;
        if (seen?.phase === "settled" && (right !== wanted || runs.length !== wanted))
          history.wrong("other instances run than are wanted", component, { wanted, right, runs: runs.length });
      }
      const strays = [...machine.instances.values()].filter(
        (i) => i.record.endedAt === null && !history.components.has(i.component),
      );
      if (strays.length > 0) history.wrong("what was removed runs", strays.length);
    },
    stop: () => {
      isOver = true;
      stopNow();
    },
  };
}

const killed = (world: World) => ({
  code: 1,
  signal: null,
  at: world.clock.now().getTime() + world.offsets.agent,
  outOfMemory: false,
  lastLines: "",
});

function diskOf(files: Map<string, string>, { fate }: World, life: Life): Disk {
  return {
    read: async (name) => files.get(name),
    names: async () => [...files.keys()],
    write: (texts) =>
      fate.writing(life, async () => {
        for (const [name, text] of texts)
          if (text === null) files.delete(name);
          else files.set(name, text);
      }),
  };
}

/** Steps in one instant: there are two components. */
const atOnceMax = 200;

/** Nothing that is wanted is ever taken down, and how far things have come is known. */
function watched(cluster: Cluster, { history, clock }: World): Cluster {
  let [instant, count] = [0, 0];
  /** Time stands still while anything is done: what is done for ever would never end. */
  const turn = async (): Promise<void> => {
    const now = clock.now().getTime();
    [instant, count] = now === instant ? [now, count + 1] : [now, 1];
    if (count <= atOnceMax) return;
    history.wrong("the agents do the same over and over");
    await forever();
  };
  return {
    ...cluster,
    apply: async (workload) => {
      await turn();
      if (workload.generation > (history.desired.get(workload.component)?.generation ?? Number.POSITIVE_INFINITY))
        history.wrong("what nobody wanted was applied", workload.generation);
      await cluster.apply(workload);
      history.reached.set(workload.component, Math.max(workload.generation, history.reached.get(workload.component) ?? 0));
    },
    remove: async (component) => {
      await turn();
      const row = history.desired.get(component);
      if (row && row.workload !== null) history.wrong("what is wanted was removed", component, row.generation);
      await cluster.remove(component);
    },
  };
}

/** The network from the agents to the cloud plane. */
function sender(world: World, life: Life): NonNullable<Parameters<typeof cloud>[2]> {
  const { fate, from } = world;
  return async (url, { method, body }) => {
    if (life.isOver) return forever();
    const operation = Object.values(operations).find((o) => o.method.toUpperCase() === method && o.path === url.pathname);
    if (!operation) throw new Error(`there is no ${method} ${url.pathname}`);
    const event = () =>
      eventOf(operation, {
        as: from.agent,
        query: Object.fromEntries(url.searchParams),
        ...(body !== undefined && { text: body }),
      });
    const got = await fate.asking(() => world.invoke({ kind: "agent" }, () => from.api.send(event())));
    if (life.isOver) return forever();
    return { ok: got.status < 300, status: got.status, text: async () => JSON.stringify(got.body) };
  };
}

/** Sessions that end by themselves after a while; the cloud plane hears of it later, or never. */
function dialer(world: World, life: Life, name: string): Dial {
  const { fate } = world;
  let connections = 0;
  return async (hearing, signal) => {
    const id = `${name}-${++connections}`;
    const openedAt = world.deps.clock.now().getTime();
    const { promise: isCut, resolve: cut } = Promise.withResolvers<void>();
    const hear = (frame: string) => {
      if (!life.isOver) hearing.frame(frame);
    };
    world.sessions.set(id, { hear, cut });
    const close = () => {
      world.sessions.delete(id);
      if (!fate.happens(fate.weather.lose)) void fate.asking(() => world.session(id, "$disconnect", openedAt)).catch(() => {});
    };
    try {
      const status = await fate.asking(() => world.session(id, "$connect", openedAt));
      if (life.isOver) return forever();
      if (status !== 200) return new Fault("unauthenticated", "refused");
      hearing.opened();
      const lastsMs = fate.happens(0.5) ? 24 * 3_600_000 : 5_000 + fate.below(120_000);
      await Promise.race([world.clock.sleep(lastsMs, signal), isCut, life.over]);
      return life.isOver ? forever() : undefined;
    } finally {
      close();
    }
  };
}
