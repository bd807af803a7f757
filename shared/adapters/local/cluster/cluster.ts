import { randomInt } from "node:crypto";
import { mkdirSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { cpus, freemem, hostname, loadavg, release, totalmem } from "node:os";
import { delimiter, join, resolve, sep } from "node:path";
import type { Workload } from "../../../contract/agent.ts";
import type { ComponentId } from "../../../contract/id.ts";
import type { Capacity, ReportedNode } from "../../../contract/data-center.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Cluster, Traffic } from "../../../ports/cluster.ts";
import { Fault } from "../../../base/fault.ts";
import { canMount, detectSandbox, noSandbox } from "../sandbox.ts";
import { capabilitiesOf } from "./capability.ts";
import { changes } from "../../changes.ts";
import { componentPlace, diskRecords, readKept } from "./disk.ts";
import { containers, runnable } from "./containers.ts";
import { machinePath } from "./environment.ts";
import { hostPorts } from "./host-ports.ts";
import { componentKeeper, type Keeper } from "./keeper.ts";
import { detectCpuGroups } from "./cpu-groups.ts";
import { nodeDirectoryFor } from "./node-directory.ts";
import { findPodman } from "./podman.ts";
import { adoptedProcesses, signalGroup } from "./processes.ts";
import { programOf } from "./program.ts";
import { type ProcessMachine, processMachine } from "./process-machine.ts";
import type { ComponentRecord, InstanceRecord } from "./record.ts";
import { freshTimeline } from "../../../domain/timeline.ts";
import { type Artifacts, slugTrees } from "./trees.ts";
import { memoryWatchdog } from "./watchdog.ts";

export interface ProcessClusterParts {
  /** Everything it keeps lies below. */
  readonly home: string;
  readonly artifacts: Artifacts;
  readonly traffic: Traffic;
  readonly clock: Clock;
  /** Host ports given to instances. */
  readonly ports?: { readonly first: number; readonly last: number };
  /** Further directories that instances must not see, e.g. all that the platform keeps. */
  readonly hide?: readonly string[];
  /** off: instances run as they stand, even where the machine could keep them apart. */
  readonly isolation?: "auto" | "off";
  /** The platform's own environment: PATH and LANG are taken from it, nothing else. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface ProcessCluster extends Cluster {
  /** Ends all instances in good order; the next start runs them again. */
  halt(): Promise<void>;
  /** Stops looking after instances; they go on. */
  close(): void;
}

const defaultPorts = { first: 20_000, last: 29_999 };
const mib = 2 ** 20;
const hourMs = 60 * 60_000;

/** Without vowels, so that they make no words. */
const letters = "bcdfghjklmnpqrstvwxz2456789";
const fiveLetters = (): string => Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join("");

/** Without those that lie in another of them. */
const outermost = (paths: readonly string[]): string[] =>
  [...new Set(paths)].filter((path) => !paths.some((other) => other !== path && path.startsWith(other + sep)));

/** Runs components as processes of this machine. Takes up at once what an earlier life of it left running. */
export function processCluster(parts: ProcessClusterParts): ProcessCluster {
  const { home, clock, traffic } = parts;
  const environment = parts.environment ?? process.env;
  mkdirSync(join(home, "components"), { recursive: true, mode: 0o711 });
  const trees = slugTrees(home, parts.artifacts);
  const adopted = adoptedProcesses();
  const told = changes();
  const overMemory = new Set<string>();
  const keepers = new Map<string, Keeper>();

  const running = (): { keeper: Keeper; instance: InstanceRecord }[] =>
    [...keepers.values()].flatMap((keeper) => keeper.instances().map((instance) => ({ keeper, instance })));
  function unique(): string {
    const end = fiveLetters();
    return running().some(({ instance }) => instance.id.endsWith(`-${end}`)) ? unique() : end;
  }
  const watchdog = memoryWatchdog({
    watched: () =>
      running().flatMap(({ keeper, instance: i }) => {
        const { artifact, configuration } = keeper.workloadOf(i);
        // Containers are limited by podman; the process that stands for one is not the application.
        if (!i.process || artifact.kind === "image") return [];
        return [{ id: i.id, pid: i.process.pid, limitBytes: configuration.resources.memoryMib * mib }];
      }),
    over: (id) => {
      const found = running().find(({ instance }) => instance.id === id)?.instance;
      if (!found?.process) return;
      overMemory.add(id);
      signalGroup(found.process.pid, "SIGKILL");
    },
    measured: told.changed,
  });
  const hide = outermost([home, ...(parts.hide ?? [])].map((path) => resolve(path)));
  const path = environment.PATH ?? "";
  const nodeDirectory = nodeDirectoryFor(path);
  const tools = [...machinePath(path).split(delimiter), ...(nodeDirectory ? [nodeDirectory] : [])];
  const sandbox = parts.isolation === "off" ? noSandbox() : detectSandbox({ hide, tools });
  const cpu = detectCpuGroups({ home: resolve(home), sandbox, hide });
  let found: { readonly podman: ReturnType<typeof findPodman> } | undefined;
  /** Asked for late: it takes podman some tenths of a second to answer. */
  const podman = (): ReturnType<typeof findPodman> => {
    found ??= { podman: findPodman(machinePath(path)) };
    return found.podman;
  };
  let mountable: boolean | undefined;
  const mounts = (): boolean => {
    mountable ??= canMount(sandbox, hide);
    return mountable;
  };
  const shared = {
    sandbox,
    canMount: mounts,
    cpu,
    containers: containers(podman, environment, parts),
    hide,
    trees,
    adopted,
    ports: hostPorts(parts.ports ?? defaultPorts),
    usage: watchdog.usage,
    wasOverMemory: (id: string) => overMemory.delete(id),
    surroundings: { path, nodeDirectory, lang: environment.LANG ?? "C.UTF-8" },
  };
  const machines = new Map<string, ProcessMachine>();
  /** Its records are on disk already. */
  function keep(record: ComponentRecord, instances: readonly InstanceRecord[]): void {
    const { component } = record.workload;
    const place = componentPlace(home, component);
    const machine = processMachine({ ...shared, place });
    machines.set(component, machine);
    const records = diskRecords(place, shared.containers.erase);
    const its = {
      machine,
      records: {
        ...records,
        removeAll: async () => {
          await machine.buried();
          await records.removeAll();
        },
      },
      traffic,
      clock,
      node: hostname(),
      unique,
      changed: told.changed,
      followed: told.followed,
    };
    keepers.set(component, componentKeeper(its, record, instances));
  }

  const { kept, leftovers } = readKept(home);
  for (const { component, instances } of kept) keep(component, instances);

  const isUsed = (tenant: string, digest: string): boolean =>
    [...keepers.values()].some((k) =>
      k.instances().some((i) => {
        const { artifact, tenant: owner } = k.workloadOf(i);
        return owner === tenant && artifact.kind === "slug" && artifact.digest === digest;
      }),
    );
  const isRun = (id: string): boolean =>
    [...keepers.values()].some((k) =>
      k.instances().some((i) => {
        const { artifact } = k.workloadOf(i);
        return artifact.kind === "image" && runnable(artifact) === id;
      }),
    );
  /** What cannot be erased now is tried again with the next pruning. */
  const eraseLeftovers = async (): Promise<void> => {
    const gone = leftovers.filter((component) => !keepers.has(component));
    await Promise.allSettled(gone.map((component) => shared.containers.erase(componentPlace(home, component).directory)));
  };
  const prune = async (): Promise<void> => {
    await eraseLeftovers();
    await trees.prune(isUsed);
    await shared.containers.prune(isRun);
    cpu.prune((id) => running().some(({ instance }) => instance.id === id));
  };
  const pruning = setInterval(() => void prune(), hourMs).unref();
  void prune();

  const removals = new Map<string, Promise<void>>();
  async function apply(workload: Workload): Promise<void> {
    await removals.get(workload.component);
    const keeper = keepers.get(workload.component);
    if (keeper) return void keeper.apply(workload);
    const record = { version: 1 as const, workload, active: null, rejected: null, steps: freshTimeline() };
    diskRecords(componentPlace(home, workload.component), shared.containers.erase).saveComponent(record);
    keep(record, []);
    told.changed();
  }
  async function remove(component: ComponentId): Promise<void> {
    const keeper = keepers.get(component);
    if (!keeper) return;
    const removal =
      removals.get(component) ??
      keeper.remove().finally(() => removals.delete(component) && keepers.delete(component) && machines.delete(component));
    removals.set(component, removal);
    await removal;
    void shared.containers.prune(isRun);
    told.changed();
  }
  async function exec({ component, instance, ...request }: Parameters<Cluster["exec"]>[0]): ReturnType<Cluster["exec"]> {
    const keeper = keepers.get(component);
    const machine = machines.get(component);
    const living = (keeper?.instances() ?? []).filter((i) => i.process !== null && (instance === null || i.id === instance));
    const chosen = living.find((i) => i.state === "ready") ?? living[0];
    if (!keeper || !machine || !chosen)
      throw new Fault(
        "not_found",
        instance === null ? "No instance of this component is running." : `The instance ${instance} is not running.`,
        {
          next: "Start the component, or choose a running instance.",
          reason: "instance.not-running",
          params: { instance: instance ?? "" },
        },
      );
    return machine.terminal(keeper.workloadOf(chosen), chosen, request);
  }
  function close(): void {
    clearInterval(pruning);
    for (const keeper of keepers.values()) keeper.detach();
    watchdog.close();
    adopted.close();
    told.close();
  }

  return {
    observe: async (of) =>
      [...keepers].filter(([component]) => !of || of.has(component as ComponentId)).map(([, k]) => k.observe()),
    apply,
    remove,
    exec,
    onChange: told.onChange,
    capabilities: async () =>
      capabilitiesOf({
        sandbox,
        canMount: mounts(),
        cpu,
        podman: podman(),
        canBuild: programOf("buildah", { path: machinePath(path), directory: "/" }) !== undefined,
      }),
    capacity: () =>
      capacityOf(
        home,
        running().map(({ instance }) => instance),
      ),
    nodes: async () => [
      await nodeOf(
        home,
        running().map(({ instance }) => instance),
      ),
    ],
    changeNode: async (node) => {
      throw new Fault("invalid", `${node} is this machine itself, which is nobody's to change from here.`);
    },
    halt: async () => {
      await Promise.all([...keepers.values()].map((k) => k.halt()));
      close();
    },
    close,
  };
}

/** This machine. */
async function nodeOf(home: string, instances: readonly InstanceRecord[]): Promise<ReportedNode> {
  const { cpuMillis, cpuMillisUsed, memoryBytes, memoryBytesUsed, diskBytes, diskBytesUsed, ...capacity } = await capacityOf(
    home,
    instances,
  );
  return {
    name: hostname(),
    ready: true,
    cordoned: false,
    version: release(),
    createdAt: null,
    ...{ cpuMillis, memoryBytes, diskBytes },
    used: { cpuMillis: cpuMillisUsed, memoryBytes: memoryBytesUsed, diskBytes: diskBytesUsed },
    instances: capacity.instances,
    otherPods: null,
    labels: {},
    taints: [],
    signals: [],
  };
}

async function capacityOf(home: string, instances: readonly InstanceRecord[]): Promise<Capacity> {
  const disk = await statfs(home);
  const cores = cpus().length;
  return {
    cpuMillis: cores * 1000,
    cpuMillisUsed: Math.min(cores * 1000, Math.round((loadavg()[0] ?? 0) * 1000)),
    memoryBytes: totalmem(),
    memoryBytesUsed: totalmem() - freemem(),
    diskBytes: disk.blocks * disk.bsize,
    diskBytesUsed: (disk.blocks - disk.bavail) * disk.bsize,
    instances: instances.filter((i) => i.process !== null).length,
  };
}
