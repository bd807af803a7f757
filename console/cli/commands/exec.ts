import { Fault } from "../../../shared/base/fault.ts";
import type { ErrorFrame } from "../../../shared/contract/stream.ts";
import { isApiError } from "../../../shared/client/api-error.ts";
import type { Context } from "../context.ts";
import { exitCodes, UsageError } from "../failure.ts";
import { answerMs, noAnswer, openTicketed } from "../live.ts";
import { isPiped, typist, unseen, untilReady } from "../piped-input.ts";
import { selectComponent } from "../select.ts";

export interface ExecOptions {
  readonly instance?: string;
}
const sizeDefault = { columns: 120, rows: 40 };
const size = () => (process.stdout.isTTY ? { columns: process.stdout.columns, rows: process.stdout.rows } : sizeDefault);

interface Ended {
  readonly reason: string;
  readonly exitCode?: number | null | undefined;
}

/** A program in a running instance, on a terminal there. Its output is the person's own and is passed on as it is. */
export async function exec(context: Context, options: ExecOptions, command: string[]): Promise<void> {
  const typing = process.stdin.isTTY === true && process.stdout.isTTY === true && !context.output.json;
  if (command.length === 0 && !typing)
    throw new UsageError("Without a terminal, say what to run.", "For example: pluvia exec --app shop --name web -- ls -l");
  const { component } = await selectComponent(context);
  const piped = !process.stdin.isTTY && isPiped();
  const body = { instance: options.instance ?? null, command: command.length === 0 ? null : piped ? unseen(command) : command };
  const output: string[] = [];
  const shown = (data: string) => (piped || process.stdout.isTTY ? data : data.replaceAll("\r\n", "\n"));
  const ended = await attach(context, component.id, body, typing ? "keys" : piped ? "pipe" : "none", (data) => {
    if (context.output.json) output.push(data);
    else process.stdout.write(shown(data));
  });
  const exitCode = ended.exitCode ?? exitCodes.refused;
  if (context.output.json) context.output.result({ exitCode, output: shown(output.join("")) }, "");
  else if (typing && ended.exitCode !== 0) context.output.note(`(${ended.reason})`);
  process.exitCode = exitCode;
}

/** With every byte a control character it still fits one input. */
const pieceBytes = 2_000;
/** Inputs not known to have arrived, together 128 KB; more waits, so that a program that reads slowly costs nobody's memory. */
const unconfirmedMax = 64;

/** Types what is piped in, at the pace at which it is taken. */
function newPipe(type: (keys: string) => void, failed: (error: unknown) => void) {
  let unconfirmed = 0;
  let isOver = false;
  let wake = () => {};
  const room = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (isOver || unconfirmed < unconfirmedMax) resolve();
    });
  const feed = async (): Promise<void> => {
    const keys = typist();
    for await (const chunk of process.stdin) {
      const bytes = chunk as Buffer;
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        await room();
        if (isOver) return;
        unconfirmed += 1;
        type(keys.type(bytes.subarray(from, from + pieceBytes)));
      }
    }
    type(keys.end());
  };
  return {
    begin: () => void feed().catch((error: unknown) => isOver || failed(error)),
    confirmed(left: number) {
      unconfirmed = left;
      wake();
    },
    end() {
      isOver = true;
      process.stdin.destroy();
      wake();
    },
  };
}

/** What is piped in takes a shell there, which the person has not asked for. */
function refusalOf({ message, next, reason, params }: ErrorFrame, input: "keys" | "pipe" | "none"): Fault {
  if (input === "pipe" && reason === "terminal.no-command" && params?.command === "/bin/sh")
    return new Fault("invalid", "This image has no /bin/sh, which hands on what is piped in.", {
      next: "Without input the command runs: end it with < /dev/null.",
    });
  return new Fault("unavailable", message, next ? { next } : {});
}

type Terminal = { instance: string | null; command: string[] | null };

function attach(
  context: Context,
  component: `cmp_${string}`,
  body: Terminal,
  input: "keys" | "pipe" | "none",
  onOutput: (data: string) => void,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const stream = openTicketed(
      () => context.client.terminalCreate({ params: { component }, body }),
      (state) => {
        // A conflict is no passing trouble: nothing runs there, and only the person changes that.
        const refused =
          state.state === "closed"
            ? state.error
            : state.state === "waiting" && isApiError(state.error, "conflict") && state.error;
        if (refused) finish(() => reject(refused));
      },
    );
    const timer = setTimeout(() => finish(() => reject(noAnswer())), answerMs);
    const typing = input === "keys";
    const pipe = newPipe(
      (keys) => terminal.input(keys),
      (error) => finish(() => reject(error)),
    );
    const start = untilReady(pipe.begin);
    const terminal = stream.subscribe(`terminal/${component}`, size(), {
      onSubscribed: () => clearTimeout(timer),
      onData: (data) => data.kind === "output" && onOutput(input === "pipe" ? start.take(data.data) : data.data),
      onTyped: pipe.confirmed,
      onGap: () => context.output.warn("some output was lost while the connection was down"),
      onEnded: (ended) => {
        onOutput(start.rest());
        finish(() => resolve(ended));
      },
      onError: (error) => finish(() => reject(refusalOf(error, input))),
    });
    const typed = (data: Buffer): void => terminal.input(data.toString("utf8"));
    const resized = (): void => terminal.resize(size().columns, size().rows);
    const interrupted = (): void => terminal.input("\u0003");
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      process.stdin.off("data", typed);
      process.stdout.off("resize", resized);
      process.off("SIGINT", interrupted);
      if (typing) process.stdin.setRawMode(false);
      if (input === "pipe") pipe.end();
      else process.stdin.pause();
      stream.close();
      settle();
    };
    process.on("SIGINT", interrupted);
    if (!typing) return;
    process.stdin.setRawMode(true);
    process.stdin.on("data", typed);
    process.stdout.on("resize", resized);
  });
}
