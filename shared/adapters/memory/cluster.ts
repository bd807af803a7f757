import { notFound } from "../../base/fault.ts";
import type { Workload } from "../../contract/agent.ts";
import type { ComponentId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Cluster, Traffic } from "../../ports/cluster.ts";
import { componentKeeper, type Keeper } from "../local/cluster/keeper.ts";
import type { Machine, Records } from "../local/cluster/machine.ts";
import type { ComponentRecord, Exit, InstanceRecord, Signal } from "../local/cluster/record.ts";
import { freshTimeline } from "../../domain/timeline.ts";

/** How a pretended program behaves. */
export interface Behaviour {
  /** From its start to its first healthy answer; null: never. */
  readonly healthyAfterMs: number | null;
  /** Ends by itself. */
  readonly exit?: { readonly code: number; readonly afterMs: number };
}

interface Living {
  readonly pid: number;
  readonly startedAt: number;
  readonly behaviour: Behaviour;
  end: (exit: Exit, failure: Signal | null) => void;
}

/** What outlives an agent: the disk and the processes. Give the same one to a second cluster to start the agent anew. */
export interface MemoryWorld {
  readonly components: Map<string, ComponentRecord>;
  readonly instances: Map<string, { component: string; record: InstanceRecord }>;
  readonly processes: Map<string, Living>;
  pid: number;
}
export const memoryWorld = (): MemoryWorld => ({ components: new Map(), instances: new Map(), processes: new Map(), pid: 0 });

export interface MemoryCluster extends Cluster {
  /** Ends a process as if it had crashed. @throws when it does not run. */
  crash(instance: string, code: number): void;
  /** Lets go, as the end of the agent does; processes go on. */
  close(): void;
}

export interface MemoryClusterParts {
  readonly clock: Clock;
  readonly traffic?: Traffic;
  readonly behaviour?: (workload: Workload) => Behaviour;
  readonly world?: MemoryWorld;
}

const healthy: Behaviour = { healthyAfterMs: 0 };

function memoryRecords(world: MemoryWorld, component: string): Records {
  return {
    saveComponent: (record) => void world.components.set(component, structuredClone(record)),
    saveInstance: (record) => void world.instances.set(record.id, { component, record: structuredClone(record) }),
    removeInstance: async (id) => void world.instances.delete(id),
    removeAll: async () => {
      world.components.delete(component);
      for (const [id, kept] of world.instances) if (kept.component === component) world.instances.delete(id);
    },
  };
}

function memoryMachine(world: MemoryWorld, clock: Clock, behaviourOf: (workload: Workload) => Behaviour): Machine {
  const now = (): number => clock.now().getTime();
  const finish = (instance: string, how: Pick<Exit, "code" | "signal">): void => {
    const living = world.processes.get(instance);
    world.processes.delete(instance);
    living?.end({ ...how, at: now(), outOfMemory: false, lastLines: "" }, null);
  };
  return {
    prepare: async (workload, i) =>
      i.ports.length > 0 ? i.ports : workload.configuration.ports.map((p) => ({ port: p.port, hostPort: p.port })),
    start(workload, i, onExit) {
      const behaviour = behaviourOf(workload);
      const pid = ++world.pid;
      world.processes.set(i.id, { pid, startedAt: now(), behaviour, end: onExit });
      const { exit } = behaviour;
      if (exit)
        void clock
          .sleep(exit.afterMs)
          .then(() => world.processes.get(i.id)?.pid === pid && finish(i.id, { code: exit.code, signal: null }));
      return { pid, startTime: String(pid) };
    },
    adopt(_workload, i, onExit) {
      const living = world.processes.get(i.id);
      if (!living) return null;
      living.end = onExit;
      return { pid: living.pid, startTime: String(living.pid) };
    },
    signal: (i, name) => void Promise.resolve().then(() => finish(i.id, { code: null, signal: name })),
    async probe(_workload, i) {
      const living = world.processes.get(i.id);
      const after = living?.behaviour.healthyAfterMs ?? null;
      const isHealthy = living !== undefined && after !== null && now() - living.startedAt >= after;
      const endpoints = i.ports.map((p) => ({ ...p, host: "127.0.0.1" }));
      return isHealthy
        ? { healthy: true, endpoints, signals: [] }
        : { healthy: false, endpoints: [], signals: [{ code: "health.timeout", detail: { seconds: 1 } }] };
    },
    free: async () => {},
    usage: () => null,
    logs: () => [],
  };
}

/** Runs nothing, but keeps every promise about replacing, giving up and restarting: it is kept by the same rules as real processes. */
export function memoryCluster(parts: MemoryClusterParts): MemoryCluster {
  const { clock } = parts;
  const world = parts.world ?? memoryWorld();
  const traffic = parts.traffic ?? { drained: async () => {} };
  const listeners = new Set<Parameters<Cluster["onChange"]>[0]>();
  let following: Promise<unknown> = Promise.resolve();
  const keepers = new Map<string, Keeper>();
  const machine = memoryMachine(world, clock, parts.behaviour ?? (() => healthy));
  const changed = (): void => {
    following = Promise.allSettled([following, ...[...listeners].map((listener) => listener(undefined))]);
  };
  const followed = async (): Promise<void> => void (await following);
  let made = world.instances.size;
  const unique = (): string => String(++made).padStart(8, "0");
  const keep = (component: string, record: ComponentRecord): void => {
    const instances = [...world.instances.values()]
      .filter((i) => i.component === component)
      .map((i) => structuredClone(i.record));
    const records = memoryRecords(world, component);
    records.saveComponent(record);
    keepers.set(
      component,
      componentKeeper({ machine, records, traffic, clock, node: "memory", unique, changed, followed }, record, instances),
    );
  };
  for (const [component, record] of world.components) keep(component, structuredClone(record));

  return {
    observe: async (of) =>
      [...keepers].filter(([component]) => !of || of.has(component as ComponentId)).map(([, k]) => k.observe()),
    async apply(workload) {
      const keeper = keepers.get(workload.component);
      if (keeper) keeper.apply(workload);
      else keep(workload.component, { version: 1, workload, active: null, rejected: null, steps: freshTimeline() });
      changed();
    },
    async remove(component) {
      await keepers.get(component)?.remove();
      keepers.delete(component);
      changed();
    },
    exec: async ({ component }) => {
      throw notFound("running instance of component", component);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    capabilities: async () => [{ name: "processes", available: true, message: "Pretended ones." }],
    nodes: async () => [],
    changeNode: async (node) => {
      throw notFound("node", node);
    },
    capacity: async () => ({
      cpuMillis: 1_000,
      cpuMillisUsed: 0,
      memoryBytes: 1,
      memoryBytesUsed: 0,
      diskBytes: 1,
      diskBytesUsed: 0,
      instances: world.processes.size,
    }),
    crash(instance, code) {
      const living = world.processes.get(instance);
      if (!living) throw notFound("running instance", instance);
      world.processes.delete(instance);
      living.end({ code, signal: null, at: clock.now().getTime(), outOfMemory: false, lastLines: "" }, null);
    },
    close: () => {
      for (const k of keepers.values()) k.detach();
    },
  };
}
