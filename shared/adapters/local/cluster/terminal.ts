import { existsSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { type IPty, spawn } from "@lydell/node-pty";
import type { Exec } from "../../../ports/cluster.ts";
import type { Launch } from "./launch.ts";
import { signalGroup } from "./processes.ts";
import { relay } from "../../../base/relay.ts";

export interface TerminalStart extends Launch {
  readonly columns: number;
  readonly rows: number;
}

/** A program gets this long to end when its terminal is closed. */
const hangUpMs = 2_000;

/** The shell a person gets: never the one the platform's own user happens to have. */
export const shell = (): string => (existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh");

/** Without the machine's own start-up file, which would set its prompt. */
export const shellCommand = (): readonly string[] => (shell().endsWith("/bash") ? [shell(), "--norc"] : [shell()]);

/** A prompt that tells component and folder, without the long way to where instances lie: `web:app$ `. Bash and sh both expand it. */
export const shellVariables = (component: string, app: string): Record<string, string> => ({
  TERM: "xterm-256color",
  SHELL: shell(),
  PS1: `${component}:\${PWD#${dirname(app)}/}\\$ `,
});

/** Typed and taken by nobody: more ends the terminal, as in a cluster. */
const unreadMax = 1_024 * 1_024;
/** Typed and not taken, at which who types much is to wait. */
const unsentMax = 64 * 1_024;
/** A terminal does not say when it takes more. */
const fullMs = 5;

/**
 * What is typed and not yet taken by the terminal. The library's own writing waits for a program that reads nothing, and all of this
 * process with it.
 */
function newKeys(pty: IPty) {
  // Its type does not tell these. The number of a closed file may be another's.
  const { fd, _socket: socket } = pty as unknown as { readonly fd: number; readonly _socket: { readonly destroyed: boolean } };
  let waiting: Buffer[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const released: (() => void)[] = [];
  const bytes = () => waiting.reduce((sum, each) => sum + each.length, 0);
  const release = () => {
    if (bytes() > unsentMax) return;
    for (const each of released.splice(0)) each();
  };
  const drop = () => {
    clearTimeout(timer);
    timer = undefined;
    waiting = [];
    release();
  };
  const send = () => {
    timer = undefined;
    try {
      for (let [next] = waiting; next; [next] = waiting) {
        if (socket.destroyed) return drop();
        const written = writeSync(fd, next);
        waiting = written < next.length ? [next.subarray(written), ...waiting.slice(1)] : waiting.slice(1);
      }
    } catch (error) {
      // Whatever else is wrong with it: nobody reads it any more.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return drop();
      timer = setTimeout(send, fullMs);
    }
    release();
  };
  return {
    /** False when too much is there already. */
    add(data: Buffer): boolean {
      if (bytes() > unreadMax) return false;
      waiting.push(data);
      if (timer === undefined) send();
      return true;
    },
    drop,
    taken: () =>
      new Promise<void>((resolve) => {
        released.push(resolve);
        release();
      }),
  };
}

/** Starts a program on a terminal of its own. */
export function startTerminal(start: TerminalStart): Exec {
  const { columns: cols, rows, directory: cwd, environment } = start;
  // Without an encoding it hands out bytes, though its type says strings: a character may be cut between two reads.
  const pty = spawn(start.program, [...start.arguments], {
    name: "xterm-256color",
    cols,
    rows,
    cwd,
    env: environment,
    encoding: null,
  });
  const keys = newKeys(pty);
  const output = relay<Buffer>();
  const exit = relay<number | null>();
  let isOver = false;
  pty.onData((data) => output.tell(data as unknown as Buffer));
  pty.onExit(({ exitCode, signal }) => {
    isOver = true;
    keys.drop();
    // As a shell tells it, and a container's runtime.
    exit.tell(signal ? 128 + signal : exitCode);
  });
  const close = () => {
    if (isOver) return;
    signalGroup(pty.pid, "SIGHUP");
    setTimeout(() => {
      if (!isOver) signalGroup(pty.pid, "SIGKILL");
    }, hangUpMs).unref();
  };
  return {
    write: (data) => {
      if (!isOver && !keys.add(data)) close();
    },
    taken: keys.taken,
    resize: (columns, lines) => {
      if (!isOver) pty.resize(columns, lines);
    },
    pause: () => {
      if (!isOver) pty.pause();
    },
    resume: () => {
      if (!isOver) pty.resume();
    },
    onOutput: output.listen,
    onExit: exit.listen,
    close,
  };
}
