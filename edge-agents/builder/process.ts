import { spawn } from "node:child_process";

export interface Run {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Ends it early: cancelled, or over a limit. */
  readonly signal?: AbortSignal;
  /** Called for every line of output; what is longer than `lineMax` comes in pieces. */
  readonly onLine?: (stream: "out" | "err", line: string) => void;
  /** Keep at most this much of standard output; more ends the program. Default 0: none is kept. */
  readonly keepBytes?: number;
  /** Called with the process group while it runs, and with null after: whoever must clean up after us reads it. */
  readonly onGroup?: (group: number | null) => void;
  readonly input?: string;
}

export interface Ran {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly ended: "exited" | "timeout" | "stopped" | "too-much" | "not-started";
  readonly output: Buffer;
}

const lineMax = 64 * 1024;
/** How long a program may take to end by itself when asked to. */
const graceMs = 2_000;

const killGroup = (group: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
};

/** Cuts a stream of bytes into lines; a carriage return alone begins a line anew, as progress bars want. */
const lineCutter = (emit: (line: string) => void): { push(data: Buffer): void; end(): void } => {
  const decoder = new TextDecoder();
  let rest = "";
  const cut = (text: string): void => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) emit(line.replace(/\r$/, "").replace(/^.*\r/s, ""));
    while (rest.length > lineMax) {
      emit(rest.slice(0, lineMax));
      rest = rest.slice(lineMax);
    }
  };
  return {
    push: (data) => cut(decoder.decode(data, { stream: true })),
    end: () => {
      cut(decoder.decode());
      if (rest !== "") emit(rest);
      rest = "";
    },
  };
};

/** Runs a program in a session of its own, so that it ends with everything it started. Never rejects for what the program does. */
export const runProcess = (run: Run): Promise<Ran> =>
  new Promise((resolve) => {
    const [file = "", ...args] = run.argv;
    const child = spawn(file, args, {
      cwd: run.folder,
      env: run.environment,
      detached: true,
      stdio: [run.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      windowsHide: true,
    });
    let ended: Ran["ended"] = "exited";
    const kept: Buffer[] = [];
    let keptBytes = 0;
    const group = child.pid;
    let killer: NodeJS.Timeout | undefined;
    const stop = (why: Ran["ended"]): void => {
      if (ended !== "exited" || group === undefined) return;
      ended = why;
      killGroup(group, "SIGTERM");
      killer = setTimeout(() => killGroup(group, "SIGKILL"), graceMs);
    };
    const timer = setTimeout(() => stop("timeout"), run.timeoutMs);
    const onAbort = (): void => stop("stopped");
    if (run.signal?.aborted) onAbort();
    run.signal?.addEventListener("abort", onAbort, { once: true });
    if (group !== undefined) run.onGroup?.(group);
    const cutters = {
      out: lineCutter((line) => run.onLine?.("out", line)),
      err: lineCutter((line) => run.onLine?.("err", line)),
    };
    child.stdout?.on("data", (data: Buffer) => {
      if (run.keepBytes !== undefined) {
        keptBytes += data.length;
        if (keptBytes > run.keepBytes) return stop("too-much");
        kept.push(data);
      }
      if (run.onLine) cutters.out.push(data);
    });
    child.stderr?.on("data", (data: Buffer) => cutters.err.push(data));
    child.stdin?.on("error", () => stop("stopped"));
    child.stdin?.end(run.input);
    const finish = (exitCode: number | null, signal: string | null): void => {
      clearTimeout(timer);
      if (killer) clearTimeout(killer);
      run.signal?.removeEventListener("abort", onAbort);
      // What it left behind in its group must not outlive it.
      if (group !== undefined) killGroup(group, "SIGKILL");
      run.onGroup?.(null);
      cutters.out.end();
      cutters.err.end();
      resolve({ exitCode, signal, ended, output: Buffer.concat(kept) });
    };
    child.on("error", (error) => {
      cutters.err.push(Buffer.from(`${error.message}\n`));
      ended = "not-started";
      finish(null, null);
    });
    // Not "close": a daemon that keeps the output open must not hold the build up.
    child.on("exit", (code, signal) => {
      const done = setTimeout(() => finish(code, signal), 200);
      child.on("close", () => {
        clearTimeout(done);
        if (ended !== "not-started") finish(code, signal);
      });
    });
  });
