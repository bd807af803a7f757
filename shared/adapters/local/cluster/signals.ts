import { isFault } from "../../../base/fault.ts";
import type { ComponentRecord, InstanceRecord, Signal } from "./record.ts";

/** An end within this time of its start is "at once". */
export const quickMs = 10_000;
/** Restarts that are worth telling. */
const restartsTold = 3;

export interface Symptoms {
  readonly record: InstanceRecord;
  /** Of its last look. */
  readonly probe: readonly Signal[];
  readonly memoryMib: number;
}

/** The words of Node, Python, Go, Java, Ruby and PHP for it. */
const portTaken = /EADDRINUSE|address already in use/i;
/** It ended because its port is another's, by its own last words. */
function portSignal(lastLines: string): Signal[] {
  if (!portTaken.test(lastLines)) return [];
  const port = /(?:port|in use)\D{0,12}?(\d{2,5})\b/i.exec(lastLines.slice(lastLines.search(portTaken)))?.[1];
  return [{ code: "port.taken", detail: { port: port ?? "unknown" } }];
}

function exitSignals({ record: i, memoryMib }: Symptoms): Signal[] {
  if (!i.lastExit) return [];
  const detail = { code: i.lastExit.code ?? i.lastExit.signal ?? "unknown", lastLines: i.lastExit.lastLines };
  if (i.lastExit.outOfMemory) return [{ code: "killed.memory", detail: { limitMib: memoryMib } }];
  if (i.state === "ready")
    return i.restarts >= restartsTold ? [{ code: "exit.repeated", detail: { ...detail, restarts: i.restarts } }] : [];
  const signals = portSignal(i.lastExit.lastLines);
  // One of the two: a program that ends at once keeps ending, too.
  const restarts = i.restarts >= restartsTold || i.quickExits === 0 ? { restarts: i.restarts } : {};
  return [...signals, { code: i.quickExits > 0 ? "exit.at-once" : "exit.repeated", detail: { ...detail, ...restarts } }];
}

/** What is wrong or odd with one instance. */
export function symptomsOf(s: Symptoms): Signal[] {
  if (s.record.failure) return [s.record.failure];
  return [...exitSignals(s), ...(s.record.process ? s.probe : [])];
}

/**
 * One signal per code: the first instance that shows it speaks for all. Those of a release given up stay until the next one, as its own instances tell
 * them, if there still are any: they may go on to fail.
 */
export function signalsOf(
  { rejected, workload }: Pick<ComponentRecord, "rejected" | "workload">,
  all: readonly Symptoms[],
): Signal[] {
  const told = (isOwn: boolean): Signal[] =>
    all.filter(({ record }) => (record.release === workload.release) === isOwn).flatMap(symptomsOf);
  const found = [...told(true), ...(rejected?.signals ?? []), ...told(false)];
  return found.filter((s, at) => found.findIndex((t) => t.code === s.code) === at);
}

/** The failure of a preparation as a signal; a Fault may name its own in `detail.signal`, with what else its words need. */
export function failureOf(error: unknown): Signal {
  const message = error instanceof Error ? error.message : String(error);
  const { signal, ...about } = isFault(error) ? error.detail : {};
  if (typeof signal !== "string") return { code: "artifact.unavailable", detail: { message } };
  const texts = Object.entries(about).filter((each): each is [string, string] => typeof each[1] === "string");
  return { code: signal, detail: { message, ...Object.fromEntries(texts) } };
}
