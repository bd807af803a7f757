import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { posix } from "node:path";
import type { Workload } from "../../../contract/agent.ts";
import { checkedPort } from "../../../domain/health-check.ts";
import { Fault } from "../../../base/fault.ts";
import type { Exec } from "../../../ports/cluster.ts";
import type { Mount } from "../own-root.ts";
import type { Sandbox } from "../sandbox.ts";
import { argvOf } from "./command.ts";
import type { CpuGroups } from "./cpu-groups.ts";
import type { ComponentPlace, InstancePlace } from "./disk.ts";
import { type Contained, type Containers, type ImageArtifact, runnable } from "./containers.ts";
import { environmentOf } from "./environment.ts";
import type { HostPorts } from "./host-ports.ts";
import { lastLinesOf, type Said, saidSoFar } from "./last-lines.ts";
import { entryOf, type Launch, type LaunchRequest, launchOf } from "./launch.ts";
import type { Machine, Probe } from "./machine.ts";
import { checkHealth, endpointsOf, portSignals } from "./probe.ts";
import { hasProc, listenersOf, treeOf } from "./proc.ts";
import { type Adopted, findProcess, isAlive, killStrays, signalGroup, startProcess } from "./processes.ts";
import { terminalMarker } from "./mark.ts";
import { programOf } from "./program.ts";
import type { Exit, InstanceRecord, Signal } from "./record.ts";
import { shell, shellCommand, shellVariables, startTerminal } from "./terminal.ts";
import type { Trees } from "./trees.ts";
import type { Usage } from "./watchdog.ts";
import { diskFault } from "../../slug-entry.ts";
import { assertMountable, hasMounts, makeImageMounts, makeMounts, mountsOf, ownRootOf } from "./volumes.ts";
import { makeWorkspace } from "./workspace.ts";

export interface ProcessMachineParts {
  readonly place: ComponentPlace;
  readonly trees: Trees;
  readonly ports: HostPorts;
  readonly adopted: Adopted;
  readonly surroundings: { readonly path: string; readonly nodeDirectory: string | null; readonly lang: string };
  readonly sandbox: Sandbox;
  /** Whether instances can have volumes and files. Asked late: it is found out by trying. */
  readonly canMount: () => boolean;
  readonly containers: Containers;
  /** Directories that instances must not see, their own place excepted. */
  readonly hide: readonly string[];
  readonly cpu: CpuGroups;
  readonly usage: (instance: string) => Usage | null;
  /** Was it ended for using too much memory? Asked once, at its end. */
  readonly wasOverMemory: (instance: string) => boolean;
}

/** A port that does not listen so soon after the start is not worth telling. */
const portPatienceMs = 3_000;

export interface ProcessMachine extends Machine {
  /** A terminal in the instance's directory, with its environment; `command` null: a shell. @throws Fault `invalid`. */
  terminal(
    workload: Workload,
    instance: InstanceRecord,
    request: { command: readonly string[] | null; columns: number; rows: number },
  ): Exec;
  /** Resolves when nothing that was ended can write any more. */
  buried(): Promise<void>;
}

/** Signals that end a program which does not expect them, by number (the same on all machines that run it). */
const deadly: Readonly<Record<number, string>> = {
  4: "SIGILL",
  6: "SIGABRT",
  7: "SIGBUS",
  8: "SIGFPE",
  9: "SIGKILL",
  11: "SIGSEGV",
  15: "SIGTERM",
};

const notFound = (command: string): Signal =>
  command === "" ? { code: "command.missing", detail: {} } : { code: "command.not-found", detail: { command } };

/** Runs the instances of one component as processes of this machine. */
export function processMachine(parts: ProcessMachineParts): ProcessMachine {
  const placeOf = (i: InstanceRecord): InstancePlace => parts.place.instance(i.id);
  /** What each instance had said before its present process; unknown (nothing) for an adopted one. */
  const said = new Map<string, Said>();
  /** Instances made of images, and those we have killed. */
  const images = new Set<string>();
  const killed = new Set<string>();
  /** Containers that are being removed, by instance: their volumes are another's only then, and so is their name. */
  const burials = new Map<string, Promise<void>>();
  const contained = new Map<string, Contained>();
  /** Instances that may have the component's volumes. */
  const holders = new Set<string>();
  /** One instance after the other: who is given a volume must be alone. */
  let mounting: Promise<unknown> = Promise.resolve();
  const exitOf = (i: InstanceRecord, at: InstancePlace, how: Pick<Exit, "code" | "signal">): Exit => ({
    ...how,
    at: Date.now(),
    outOfMemory: parts.wasOverMemory(i.id),
    lastLines: lastLinesOf(at, said.get(i.id) ?? { out: 0, err: 0 }),
  });

  const environmentIn = (at: InstancePlace, workload: Workload, i: InstanceRecord): Record<string, string> =>
    environmentOf(workload, i, { ...parts.surroundings, home: at.home, temporary: at.temporary, slug: at.work });

  const requestFor = (
    workload: Workload,
    i: InstanceRecord,
    argv: readonly string[],
    environment: Record<string, string>,
  ): LaunchRequest => {
    const tree = workload.artifact.kind === "slug" ? parts.trees.path(workload.tenant, workload.artifact.digest) : "/";
    return {
      sandbox: parts.sandbox,
      hide: parts.hide,
      readOnly: parts.cpu.readOnly,
      tenant: workload.tenant,
      instance: i.id,
      place: placeOf(i),
      tree,
      volumes: parts.place.volumes,
      ownRoot: ownRootOf(workload, parts.place, placeOf(i)),
      argv,
      environment,
    };
  };
  const limited = (i: InstanceRecord, launch: Launch): Launch => {
    const [program = "", ...rest] = parts.cpu.entering(i.id, [launch.program, ...launch.arguments]);
    return { ...launch, program, arguments: rest };
  };
  /** The shell inside a sandbox tells a signal as 128 and its number. */
  const told = (how: Pick<Exit, "code" | "signal">): Pick<Exit, "code" | "signal"> => {
    const signal = parts.sandbox.kind === "none" ? undefined : deadly[(how.code ?? 0) - 128];
    return signal ? { code: null, signal } : how;
  };

  async function prepareImage(workload: Workload, i: InstanceRecord, image: ImageArtifact): Promise<InstanceRecord["ports"]> {
    images.add(i.id);
    await burials.get(i.id);
    await parts.containers.prepare(workload.tenant, image);
    await mkdir(placeOf(i).directory, { recursive: true, mode: 0o700 });
    const mine = mounting.then(() => contain(workload, i, runnable(image)));
    mounting = mine.catch(() => {});
    await mine;
    return portsFor(workload, i);
  }
  async function contain(workload: Workload, i: InstanceRecord, reference: string): Promise<void> {
    if (!hasMounts(workload)) return void contained.set(i.id, { reference, mounts: [], declared: null });
    // Its own of before may live, if podman was killed beside it.
    if (holders.has(i.id)) await bury(i);
    await buried();
    const { user, volumes } = await parts.containers.facts(reference);
    const isAlone = [...holders].every((id) => id === i.id);
    await makeImageMounts(workload, parts.place, placeOf(i), {
      user,
      isAlone,
      give: (folder) => parts.containers.give(folder, reference),
    });
    holders.add(i.id);
    const mounts = mountsOf(workload, parts.place, placeOf(i));
    contained.set(i.id, { reference, mounts, declared: volumes.filter((path) => !isCovered(path, mounts)) });
  }
  function bury(i: InstanceRecord): Promise<void> {
    const burial = (burials.get(i.id) ?? Promise.resolve()).then(() => parts.containers.remove(i));
    burials.set(i.id, burial);
    return burial.finally(() => {
      if (burials.get(i.id) === burial) burials.delete(i.id);
    });
  }
  const buried = async (): Promise<void> => void (await Promise.all(burials.values()));
  function startImage(
    workload: Workload,
    i: InstanceRecord,
    image: ImageArtifact,
    onExit: Parameters<Machine["start"]>[2],
  ): InstanceRecord["process"] {
    const at = placeOf(i);
    said.set(i.id, saidSoFar(at));
    const missing = workload.configuration.command ?? image.reference;
    return startProcess(
      parts.containers.launch(workload, i, at, contained.get(i.id) ?? { reference: runnable(image), mounts: [], declared: null }),
      { out: at.out, err: at.err, owner: null },
      (how) => {
        // Nothing but the kernel, short of the memory it may use, ends a container so.
        const outOfMemory = how.code === 137 && !killed.delete(i.id);
        onExit({ ...exitOf(i, at, how), outOfMemory }, how.code === 127 ? notFound(missing) : null);
      },
    );
  }

  /** podman hands signals on, but not yet when it has just started the container: it ends itself then. */
  async function askContainer(i: InstanceRecord): Promise<void> {
    if ((await parts.containers.ask(i)) || !i.process) return;
    signalGroup(i.process.pid, "SIGTERM");
  }

  /** Without a number it was about to be started when we ended, and may have been. */
  function livingProcess(i: InstanceRecord): InstanceRecord["process"] {
    if (i.process) return isAlive(i.process) ? i.process : null;
    return i.state === "waiting" ? null : findProcess(i.id);
  }
  /** Its process is gone: so must be what that left behind. */
  function clearAway(i: InstanceRecord): void {
    if (images.has(i.id)) void bury(i);
    if (i.process) killStrays(i.id);
  }

  async function portsFor(workload: Workload, i: InstanceRecord): Promise<InstanceRecord["ports"]> {
    if (i.ports.length > 0) return i.ports;
    const declared = workload.configuration.ports.map((p) => p.port);
    const taken: { port: number; hostPort: number }[] = [];
    for (const port of declared.length > 0 ? declared : [0]) taken.push({ port, hostPort: await parts.ports.take() });
    return taken;
  }

  return {
    async prepare(workload, i) {
      assertMountable(workload, parts.canMount);
      if (workload.artifact.kind === "image") return prepareImage(workload, i, workload.artifact);
      const at = placeOf(i);
      const tree = await parts.trees.get(workload.tenant, workload.artifact.digest);
      await mkdir(at.directory, { recursive: true, mode: 0o700 });
      try {
        makeWorkspace(tree, at, parts.sandbox.owner(workload.tenant));
        makeMounts(workload, parts.place, at, parts.sandbox.owner(workload.tenant));
      } catch (error) {
        throw diskFault(error);
      }
      return portsFor(workload, i);
    },

    start(workload, i, onExit) {
      if (workload.artifact.kind === "image") return startImage(workload, i, workload.artifact, onExit);
      const at = placeOf(i);
      said.set(i.id, saidSoFar(at));
      const command = workload.configuration.command ?? workload.artifact.command ?? "";
      const environment = environmentIn(at, workload, i);
      const [name, ...rest] = argvOf(command);
      const program = name === undefined ? undefined : programOf(name, { path: environment.PATH ?? "", directory: at.app });
      const missing = program === undefined ? notFound(name ?? "") : null;
      const ended = (how: Pick<Exit, "code" | "signal">): void =>
        onExit(exitOf(i, at, told(how)), missing ?? shellMissing(how.code, name, rest));
      if (program === undefined) {
        setImmediate(ended, { code: 127, signal: null });
        return null;
      }
      parts.cpu.limit(i.id, workload.configuration.resources.cpuMillis);
      const launch = limited(i, launchOf(requestFor(workload, i, [program, ...rest], environment)));
      return startProcess(launch, { out: at.out, err: at.err, owner: parts.sandbox.owner(workload.tenant) }, ended);
    },

    adopt(workload, i, onExit) {
      const at = placeOf(i);
      if (workload.artifact.kind === "image") {
        images.add(i.id);
        holders.add(i.id);
      }
      for (const { hostPort } of i.ports) parts.ports.hold(hostPort);
      const found = livingProcess(i);
      if (found) parts.adopted.watch(found, (how) => onExit(exitOf(i, at, how)));
      else clearAway(i);
      return found;
    },

    signal(i, name) {
      if (images.has(i.id) && name === "SIGTERM") return void askContainer(i);
      if (i.process) signalGroup(i.process.pid, name);
      if (name !== "SIGKILL") return;
      killed.add(i.id);
      if (images.has(i.id)) void bury(i);
      killStrays(i.id);
    },

    async probe(workload, i): Promise<Probe> {
      const { health, ports } = workload.configuration;
      const listeners =
        hasProc && i.process && workload.artifact.kind !== "image"
          ? listenersOf(treeOf(i.process.pid))
          : i.ports.map((p) => ({ port: p.hostPort, reach: "any" as const, family: 4 as const }));
      const endpoints = endpointsOf(i.ports, listeners);
      const isEarly = i.startedAt === null || Date.now() - i.startedAt < portPatienceMs;
      const odd = portSignals(i.ports, listeners).filter(
        (s) => !(isEarly && (s.code === "port.not-listening" || s.code === "port.other")),
      );
      const wanted = checkedPort({ health, ports });
      if (wanted === 0) return { healthy: true, endpoints, signals: odd };
      const endpoint = endpoints.find((e) => e.port === wanted);
      if (!endpoint) return { healthy: false, endpoints, signals: odd };
      const trouble = await checkHealth(endpoint, health);
      return { healthy: trouble === null, endpoints, signals: trouble ? [...odd, trouble] : odd };
    },

    async free(i) {
      killStrays(i.id);
      holders.delete(i.id);
      contained.delete(i.id);
      if (images.delete(i.id)) await bury(i);
      parts.cpu.remove(i.id);
      killed.delete(i.id);
      said.delete(i.id);
      for (const { hostPort } of i.ports) parts.ports.giveBack(hostPort);
      const { work, mounts } = placeOf(i);
      for (const path of [work, mounts]) await rm(path, { recursive: true, force: true });
    },

    terminal(workload, i, { command, columns, rows }) {
      if (workload.artifact.kind === "image")
        return startTerminal({ ...parts.containers.enter(i, command, [terminalMarker]), columns, rows });
      const at = placeOf(i);
      const [marker = "", value = ""] = terminalMarker.split("=");
      const environment = {
        ...environmentIn(at, workload, i),
        ...shellVariables(workload.componentName, at.app),
        [marker]: value,
      };
      const [name = shell(), ...rest] = command ?? shellCommand();
      const program = programOf(name, { path: environment.PATH ?? "", directory: at.app });
      if (!program)
        throw new Fault("invalid", `There is no program ${name} in this component.`, {
          next: "Check its name, or open a shell.",
          reason: "program.unknown",
          params: { name },
        });
      const request = requestFor(workload, i, [program, ...rest], environment);
      return startTerminal({ ...limited(i, entryOf(request, i.process?.pid ?? 0, [terminalMarker])), columns, rows });
    },

    buried,
    usage: (i) => parts.usage(i.id),
    logs(i) {
      const at = placeOf(i);
      return (
        [
          { stream: "out", path: at.out },
          { stream: "err", path: at.err },
        ] as const
      ).filter((l) => existsSync(l.path));
    },
  };
}

const isCovered = (path: string, mounts: readonly Mount[]): boolean =>
  mounts.some((m) => `${posix.normalize(path)}/`.startsWith(`${posix.normalize(m.path)}/`));

/** A shell says by 127 that it did not find the command. */
const shellMissing = (code: number | null, name: string | undefined, rest: readonly string[]): Signal | null =>
  code === 127 && name === "/bin/sh" ? notFound((rest[1] ?? "").replace(/^exec /, "").split(/\s/)[0] ?? "") : null;
