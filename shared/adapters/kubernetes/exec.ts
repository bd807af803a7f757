import { randomBytes } from "node:crypto";
import type WebSocket from "ws";
import { Fault, faultOf, isFault, isPassing } from "../../base/fault.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Exec } from "../../ports/cluster.ts";
import type { KubernetesStatus } from "./fault.ts";
import { statusOf, type Transport } from "./transport.ts";
import { relay } from "../../base/relay.ts";

/** The first byte of every frame says what it is. */
const channel = { input: 0, output: 1, errors: 2, status: 3, resize: 4 } as const;
/** v5 can end the input by itself; we never do, so both are the same to us. */
const protocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
/** A command that cannot be run says so within this time; one that runs may say nothing for long. */
const refusalMs = 1_000;
/** Together half an hour: longer than an API server, or a node's way to it, is usually away. */
const [hangUpsMax, hangUpMs, hangUpMaxMs] = [34, 1_000, 60_000];
/** Load balancers and proxies cut connections on which nothing moves. */
const pingMs = 30_000;
/** Typed and taken by nobody: a program that reads at all takes it at the network's pace. 200 terminals hold 200 MiB at worst. */
const unreadMax = 1_024 * 1_024;

/** Typed and not yet sent on, at which who types much is to wait. */
const unsentMax = 64 * 1_024;

/** bash where there is one, else sh. The variable marks what belongs to this terminal, to end it with it. */
const shellFor = (mark: string): readonly string[] => [
  "/bin/sh",
  "-c",
  `export TERM=xterm-256color PLUVIA_TERMINAL=${mark}; command -v bash >/dev/null && exec bash; exec sh`,
];
/** A closed connection does not end what runs: the shell and all that it began is told to hang up, as by a real terminal. */
const hangUp = (mark: string): readonly string[] => [
  "/bin/sh",
  "-c",
  `for p in /proc/[0-9]*; do grep -q PLUVIA_TERMINAL=${mark} $p/environ 2>/dev/null && kill -HUP \${p#/proc/} 2>/dev/null; done; true`,
];

export interface ExecPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}
export interface ExecStart extends ExecPlace {
  /** null: a shell. */
  readonly command: readonly string[] | null;
  readonly columns: number;
  readonly rows: number;
}

const framed = (to: number, data: Buffer | string): Buffer => Buffer.concat([Buffer.from([to]), Buffer.from(data)]);

/** What the status frame says of the end: an exit code, or why it could not be run. */
function endOf(status: KubernetesStatus & { readonly status?: string }): { exitCode: number | null; refusal: string | null } {
  if (status.status === "Success") return { exitCode: 0, refusal: null };
  const code = status.details?.causes?.find((c) => c.reason === "ExitCode")?.message;
  // 126 and 127 of the runtime itself come with its own words instead of an exit code of the program.
  return code !== undefined ? { exitCode: Number(code), refusal: null } : { exitCode: null, refusal: status.message ?? "" };
}

const isMissing = (refusal: string): boolean => /no such file|not found|executable file/i.test(refusal);

function refusalFault(refusal: string, command: readonly string[] | null): Fault {
  if (command === null && isMissing(refusal))
    return new Fault("invalid", "This image has no shell, so no terminal can be opened in it.", {
      next: "Use an image with /bin/sh, or read the component's log instead.",
      reason: "terminal.no-shell",
      detail: { refusal },
    });
  if (isMissing(refusal))
    return new Fault("invalid", `The command ${command?.[0] ?? ""} is not in this image.`, {
      next: "Check its name, or open a shell and look.",
      reason: "terminal.no-command",
      params: { command: command?.[0] ?? "" },
      detail: { refusal },
    });
  return new Fault("unavailable", "The terminal could not be opened.", {
    next: "Try again; the instance may be ending, or its node may not answer.",
    reason: "terminal.refused",
    detail: { refusal },
  });
}

const connect = (transport: Transport, place: ExecPlace, command: readonly string[], tty: boolean): Promise<WebSocket> =>
  transport.socket(
    `/api/v1/namespaces/${place.namespace}/pods/${place.pod}/exec`,
    { container: place.container, command, stdin: tty, stdout: true, stderr: !tty, tty },
    protocols,
  );

/** Runs a command for what it does; resolves when it has ended or cannot be run. @throws Fault `unavailable` when nobody knows, as the connection broke. */
async function runQuietly(transport: Transport, place: ExecPlace, command: readonly string[]): Promise<void> {
  const socket = await connect(transport, place, command, false);
  await new Promise<void>((resolve, reject) => {
    socket.on("close", () => reject(new Fault("unavailable", "The connection to an instance was closed.")));
    socket.on("message", (data: Buffer) => {
      if (data[0] !== channel.status) return;
      resolve();
      socket.close();
    });
  });
}

/** What broke a terminal's connection keeps others from being made: it is tried until somebody has heard it, or there is nobody any more. */
async function tellToHangUp(
  transport: Transport,
  { place, mark, clock }: { place: ExecPlace; mark: string; clock: Clock },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runQuietly(transport, place, hangUp(mark));
    } catch (error) {
      if (isFault(error, "not_found")) return;
      if (attempt >= hangUpsMax || !isPassing(faultOf(error).code)) throw error;
      await clock.sleep(Math.min(hangUpMaxMs, hangUpMs * 2 ** attempt));
    }
  }
}

/** Opens a program on a terminal in a container. @throws Fault when it cannot be run there. */
export async function openExec(
  transport: Transport,
  start: ExecStart,
  { clock, onError }: { readonly clock: Clock; readonly onError: (error: unknown) => void },
): Promise<Exec> {
  const mark = randomBytes(8).toString("hex");
  const socket = await connect(transport, start, start.command ?? shellFor(mark), true);
  const output = relay<Buffer>();
  const exit = relay<number | null>();
  let isOver = false;
  let waiting: (() => void)[] = [];
  /** What is written goes on, or is for nobody. */
  const release = (): void => {
    const released = waiting;
    waiting = [];
    for (const each of released) each();
  };
  let decide: (refusal: string | null) => void = () => {};
  const decided = new Promise<string | null>((resolve) => {
    decide = resolve;
  });
  const over = (exitCode: number | null): void => {
    if (isOver) return;
    isOver = true;
    clearInterval(pinging);
    exit.tell(exitCode);
    socket.close();
    release();
  };
  /** Nobody is there any more for what may still run. */
  const leave = (): void => {
    if (isOver) return;
    over(null);
    if (start.command === null) tellToHangUp(transport, { place: start, mark, clock }).catch(onError);
  };
  const take = (data: Buffer): void => {
    const [to] = data;
    const body = data.subarray(1);
    if (to === channel.status) {
      const { exitCode, refusal } = endOf(statusOf(body.toString("utf8")));
      decide(refusal);
      over(exitCode);
    } else if ((to === channel.output || to === channel.errors) && body.length > 0) {
      decide(null);
      output.tell(body);
    }
  };
  const pinging = setInterval(() => socket.ping(), pingMs).unref();
  const resize = (columns: number, rows: number): void => {
    if (!isOver) socket.send(framed(channel.resize, JSON.stringify({ Width: columns, Height: rows })));
  };
  socket.on("message", (data: Buffer) => take(data));
  socket.on("close", () => {
    decide("the connection was closed");
    leave();
  });
  resize(start.columns, start.rows);
  const patience = setTimeout(() => decide(null), refusalMs);
  const refusal = await decided;
  clearTimeout(patience);
  if (refusal !== null) {
    over(null);
    throw refusalFault(refusal, start.command);
  }
  return {
    write: (data) => {
      if (socket.bufferedAmount > unreadMax) leave();
      if (!isOver)
        socket.send(framed(channel.input, data), () => {
          if (socket.bufferedAmount <= unsentMax) release();
        });
    },
    taken: () =>
      isOver || socket.bufferedAmount <= unsentMax ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
    resize,
    onOutput: output.listen,
    onExit: exit.listen,
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close: leave,
  };
}
