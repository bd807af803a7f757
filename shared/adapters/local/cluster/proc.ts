import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { spawnSync } from "node:child_process";

/** What the kernel tells of processes, through /proc. Everything here answers "nothing" for a process that is gone. */
export const hasProc = process.platform === "linux";

const text = (path: string): string | undefined => {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined; // gone, or not ours to see: both mean there is nothing to tell
  }
};
const names = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

export interface Stat {
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** Clock ticks since boot: with the number it names a process for as long as the machine is up. */
  readonly startTime: string;
  /** User and system time in ticks (1/100 s). */
  readonly ticks: number;
}
/** Fields of /proc/<pid>/stat, see proc_pid_stat(5); the name (field 2) may hold anything, so count from the last ")". */
export function statOf(pid: number): Stat | undefined {
  const line = text(`/proc/${pid}/stat`);
  if (line === undefined) return undefined;
  const f = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return {
    state: f[0] ?? "",
    parent: Number(f[1]),
    session: Number(f[3]),
    startTime: f[19] ?? "",
    ticks: Number(f[11]) + Number(f[12]),
  };
}

/** Of a living process; a zombie lives no more. */
export function startTimeOf(pid: number): string | undefined {
  if (hasProc) {
    const stat = statOf(pid);
    return stat && stat.state !== "Z" && stat.state !== "X" ? stat.startTime : undefined;
  }
  const told = spawnSync("ps", ["-o", "stat=,lstart=", "-p", String(pid)], { encoding: "utf8" }).stdout.trim();
  return told === "" || told.startsWith("Z") ? undefined : told.replace(/^\S+\s+/, "");
}

export const environmentHas = (pid: number, entry: string): boolean =>
  `\0${text(`/proc/${pid}/environ`) ?? ""}`.includes(`\0${entry}\0`);
export const allPids = (): number[] =>
  names("/proc")
    .filter((n) => /^\d+$/.test(n))
    .map(Number);

/** A process with all its descendants. */
export function treeOf(pid: number): number[] {
  const tree = [pid];
  for (let at = 0; at < tree.length; at++) {
    for (const task of names(`/proc/${tree[at]}/task`)) {
      const children = text(`/proc/${tree[at]}/task/${task}/children`)?.trim();
      if (children) tree.push(...children.split(" ").map(Number));
    }
  }
  return tree;
}

/** Its number in the innermost namespace it is in; null when it has ended. */
export function numberInside(pid: number): number | null {
  const numbers = /^NSpid:\s+(.*)$/m.exec(text(`/proc/${pid}/status`) ?? "")?.[1];
  return numbers === undefined ? null : Number(numbers.trim().split(/\s+/).at(-1));
}

const pageBytes = 4096;
const rssOf = (pid: number): number => Number(text(`/proc/${pid}/statm`)?.split(" ")[1] ?? 0) * pageBytes;
/** Shared pages counted in parts: what a tree of forks really takes. Slow (ms); the resident size where it may not be read. */
const pssOf = (pid: number): number => {
  const line = /^Pss:\s+(\d+) kB/m.exec(text(`/proc/${pid}/smaps_rollup`) ?? "");
  return line ? Number(line[1]) * 1024 : rssOf(pid);
};
const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);
export const residentBytes = (pids: readonly number[]): number => sum(pids.map(rssOf));
export const proportionalBytes = (pids: readonly number[]): number => sum(pids.map(pssOf));
export const cpuTicks = (pids: readonly number[]): number => sum(pids.map((p) => statOf(p)?.ticks ?? 0));

export interface Listener {
  readonly port: number;
  /** any: all addresses of the machine. loopback: only itself. other: one address of it. */
  readonly reach: "any" | "loopback" | "other";
  readonly family: 4 | 6;
}

const listenState = "0A";
function listenersIn(table: string, family: 4 | 6): (Listener & { inode: string })[] {
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const f = line.trim().split(/\s+/);
      const [address, port] = (f[1] ?? "").split(":");
      if (f[3] !== listenState || !address || !port) return [];
      return [{ port: Number.parseInt(port, 16), reach: reachOf(address), family, inode: f[9] ?? "" }];
    });
}
/** Addresses are words of the machine's byte order in hexadecimal; this reads little-endian ones, as all supported machines have. */
function reachOf(address: string): Listener["reach"] {
  if (/^0+$/.test(address)) return "any";
  if (address.length === 8) return address.endsWith("7F") ? "loopback" : "other";
  const isMapped = address.startsWith("0000000000000000FFFF0000") && address.endsWith("7F");
  return isMapped || address === "00000000000000000000000001000000" ? "loopback" : "other";
}
const socketsOf = (pid: number): string[] =>
  names(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return []; // closed meanwhile
    }
  });

/** Where these processes listen for TCP connections. */
export function listenersOf(pids: readonly number[]): Listener[] {
  const inodes = new Set(pids.flatMap(socketsOf));
  const of = pids[0] ?? "self";
  const all = [...listenersIn(text(`/proc/${of}/net/tcp`) ?? "", 4), ...listenersIn(text(`/proc/${of}/net/tcp6`) ?? "", 6)];
  return all.filter((l) => inodes.has(l.inode)).map(({ port, reach, family }) => ({ port, reach, family }));
}
