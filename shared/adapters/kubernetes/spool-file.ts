import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, renameSync, writeFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { type LogPosition, logStart } from "./log-line.ts";

const State = z.object({
  version: z.literal(1),
  component: z.string(),
  instance: z.string(),
  container: z.string(),
  position: z.object({ at: z.string(), count: z.int() }),
  /** Of the file, when the position was kept: what is behind it was appended afterwards. */
  size: z.int(),
  /** The run of the container that was read to its end. */
  done: z.string().nullable(),
});
type State = z.infer<typeof State>;

const stateOf = (path: string): string => `${path}.json`;
/** Positions are kept at most so often: what came after the last one is found by its size. */
const keepMs = 250;

/** null: it is not there, or half written: then it is read from the beginning. */
function readSpoolState(path: string): State | null {
  try {
    const found = State.safeParse(JSON.parse(readFileSync(stateOf(path), "utf8")));
    return found.success ? found.data : null;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Lines that were appended after the position was kept. */
function surplusIn(fd: number, from: number): number {
  const { size } = fstatSync(fd);
  if (size <= from) return 0;
  const bytes = Buffer.alloc(size - from);
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from)).filter((byte) => byte === 10).length;
}

/** The output of one container on disk, and how far it is read. Others may truncate the file to 0. */
export interface SpoolFile {
  readonly path: string;
  readonly state: () => State;
  /** Lines behind the position that are in the file already. */
  surplus(): number;
  /** `isBehind`: what was read so far is part of the surplus. Until that is over, the position before it is the one that is known to fit. */
  append(bytes: Buffer, position: LogPosition, isBehind: boolean): void;
  keep(change?: Partial<Pick<State, "done">>): void;
  /** The present run was read to its end: nothing of it is left to skip. */
  ended(run: string): void;
  close(): void;
}

export function spoolFile(path: string, about: Pick<State, "component" | "instance" | "container">): SpoolFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, "a+", 0o600);
  const fresh: State = { version: 1, ...about, position: logStart, size: 0, done: null };
  let state = readSpoolState(path) ?? fresh;
  let surplus = state.position === logStart ? 0 : surplusIn(fd, state.size);
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;
  const keep = (change: Partial<State> = {}): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!isOpen) return;
    state = { ...state, ...change, size: surplus === 0 ? fstatSync(fd).size : state.size };
    writeFileSync(`${stateOf(path)}.new`, JSON.stringify(state), { mode: 0o600 });
    renameSync(`${stateOf(path)}.new`, stateOf(path));
  };
  keep();
  return {
    path,
    state: () => state,
    surplus: () => surplus,
    append(bytes, position, isBehind) {
      if (!isOpen || isBehind) return;
      if (bytes.length > 0) writeSync(fd, bytes);
      surplus = 0;
      state = { ...state, position };
      timer ??= setTimeout(keep, keepMs).unref();
    },
    keep,
    ended(run) {
      surplus = 0;
      keep({ done: run });
    },
    close() {
      keep();
      isOpen = false;
      closeSync(fd);
    },
  };
}
