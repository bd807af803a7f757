import { spawn } from "node:child_process";
import { closeSync, constants, fchownSync, openSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import type { Exit, InstanceRecord } from "./record.ts";
import type { Launch } from "./launch.ts";
import { markerOf, terminalMarker } from "./mark.ts";
import { allPids, environmentHas, hasProc, startTimeOf, statOf } from "./proc.ts";

type Process = NonNullable<InstanceRecord["process"]>;

export interface Output {
  readonly out: string;
  readonly err: string;
  /** The user its process runs as, if another than ours: a program may open its own output anew. */
  readonly owner: number | null;
}

/** Behind the platform's own work when the machine is busy. */
const applicationPriority = 5;
/** The kernel, short of memory, ends applications before the platform (-1000…1000). */
const oomScore = "500";
/** How soon the end of an adopted process, of which the kernel does not tell us, is noticed. */
const adoptedPollMs = 250;

const append = (path: string): number => openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT, 0o600);

type Ended = (exit: Pick<Exit, "code" | "signal">) => void;

/**
 * Starts a process that outlives us: leader of its own session and process group, its output going straight to files.
 * null: it could not be started; `ended` is called all the same.
 */
export function startProcess(start: Launch, output: Output, ended: Ended): Process | null {
  const [out, err] = [append(output.out), append(output.err)];
  try {
    const { owner } = output;
    if (owner !== null) for (const file of [out, err]) fchownSync(file, owner, owner);
    const child = spawn(start.program, start.arguments, {
      cwd: start.directory,
      env: start.environment,
      detached: true,
      stdio: ["ignore", out, err],
    });
    child.once("error", () => ended({ code: null, signal: null }));
    child.once("exit", (code, signal) => {
      if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
      ended({ code, signal });
    });
    child.unref();
    if (child.pid === undefined) return null;
    yieldTo(child.pid);
    return { pid: child.pid, startTime: startTimeOf(child.pid) ?? "" };
  } finally {
    closeSync(out);
    closeSync(err);
  }
}

/** Best effort: a machine that forbids it runs applications all the same. */
function yieldTo(pid: number): void {
  const tries = [
    () => setPriority(pid, applicationPriority),
    () => hasProc && writeFileSync(`/proc/${pid}/oom_score_adj`, oomScore),
  ];
  for (const attempt of tries) {
    try {
      attempt();
    } catch {
      // It ended already, or the machine does not allow it: neither changes what is promised.
    }
  }
}

/** To every process of the group; false when there is none. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

export const isAlive = (p: Process): boolean => startTimeOf(p.pid) === p.startTime;

/** Every process that carries the instance's mark, wherever it went: one that made a session of its own is in no group of ours. */
export const strays = (instance: string): number[] =>
  hasProc ? allPids().filter((pid) => environmentHas(pid, markerOf(instance))) : [];

export function killStrays(instance: string): void {
  for (const pid of strays(instance)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** The process of an instance whose start was begun but never noted: the leader of a session that carries the instance's mark. */
export function findProcess(instance: string): Process | null {
  const leader = strays(instance).find((pid) => statOf(pid)?.session === pid && !environmentHas(pid, terminalMarker));
  const startTime = leader === undefined ? undefined : startTimeOf(leader);
  return leader === undefined || startTime === undefined ? null : { pid: leader, startTime };
}

export interface Adopted {
  watch(process: Process, ended: Ended): void;
  close(): void;
}
/** Looks after processes started by an earlier life of ours. How they ended cannot be known. */
export function adoptedProcesses(): Adopted {
  const watched = new Map<Process, Ended>();
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    for (const [p, ended] of watched) {
      if (isAlive(p)) continue;
      watched.delete(p);
      signalGroup(p.pid, "SIGKILL");
      ended({ code: null, signal: null });
    }
    if (watched.size === 0) close();
  };
  const close = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    watch(p, ended) {
      watched.set(p, ended);
      timer ??= setInterval(look, adoptedPollMs).unref();
    },
    close,
  };
}
