import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { spawn } from "@lydell/node-pty";
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
  const output = relay<Buffer>();
  const exit = relay<number | null>();
  let isOver = false;
  pty.onData((data) => output.tell(data as unknown as Buffer));
  pty.onExit(({ exitCode, signal }) => {
    isOver = true;
    // As a shell tells it, and a container's runtime.
    exit.tell(signal ? 128 + signal : exitCode);
  });
  return {
    write: (data) => {
      if (!isOver) pty.write(data as unknown as string);
    },
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
    close: () => {
      if (isOver) return;
      signalGroup(pty.pid, "SIGHUP");
      setTimeout(() => {
        if (!isOver) signalGroup(pty.pid, "SIGKILL");
      }, hangUpMs).unref();
    },
  };
}
