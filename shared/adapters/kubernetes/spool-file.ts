import { closeSync, constants, fstatSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";
import { type LogPosition, logStart } from "./log-line.ts";

const Reached = z.object({
  position: z.object({ at: z.string(), count: z.int() }),
  /** Of the file, in bytes, with everything up to the position in it. */
  size: z.int(),
});
const State = Reached.extend({
  version: z.literal(1),
  component: z.string(),
  instance: z.string(),
  container: z.string(),
  /** As it was before what was appended last: it counts when that did not get into the file. */
  before: Reached.optional(),
  /** The run of the container that was read to its end. */
  done: z.string().nullable(),
});
type State = z.infer<typeof State>;

/** Always so many bytes, within one page: written in place and at once, or not at all. */
const stateBytes = 2_048;

/** null: it is not there, or half written: then it is read from the beginning. */
function readSpoolState(path: string): State | null {
  try {
    const found = State.safeParse(JSON.parse(readFileSync(path, "utf8")));
    return found.success ? found.data : null;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** The output of one container on disk, and how far it is read. Others may truncate the file to 0 when it is long. */
export interface SpoolFile {
  readonly path: string;
  readonly state: () => Pick<State, "position" | "done">;
  /** All of it with its position, or nothing of it, whenever we are killed. */
  append(bytes: Buffer, position: LogPosition): void;
  /** The run was read to its end. */
  ended(run: string): void;
  close(): void;
}

export function spoolFile(path: string, about: Pick<State, "component" | "instance" | "container">): SpoolFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, "a+", 0o600);
  const sizeNow = (): number => fstatSync(fd).size;
  const statePath = `${path}.json`;
  let state: State = readSpoolState(statePath) ?? { version: 1, ...about, position: logStart, size: 0, done: null };
  const stateFd = openSync(statePath, constants.O_RDWR | constants.O_CREAT, 0o600);
  let isOpen = true;
  const keep = (next: State): void => {
    writeSync(stateFd, JSON.stringify(next).padEnd(stateBytes), 0);
    state = next;
  };
  /** What was being appended is taken out, as far as it got. */
  const undo = ({ position, size }: z.infer<typeof Reached>): void => {
    ftruncateSync(fd, size);
    state = { ...state, position, size, before: undefined };
    keep(state);
  };
  const { before } = state;
  if (before && sizeNow() >= before.size && sizeNow() < state.size) undo(before);
  return {
    path,
    state: () => state,
    append(bytes, position) {
      if (!isOpen || bytes.length === 0) return;
      const was = { position: state.position, size: sizeNow() };
      keep({ ...state, position, size: was.size + bytes.length, before: was });
      try {
        for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
      } catch (error) {
        undo(was);
        throw error;
      }
    },
    ended: (run) => keep({ ...state, done: run }),
    close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
      closeSync(stateFd);
    },
  };
}
