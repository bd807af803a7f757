import { Fault } from "../../../shared/base/fault.ts";
import { isApiError } from "../../../shared/client/api-error.ts";
import type { Context } from "../context.ts";
import { exitCodes, UsageError } from "../failure.ts";
import { answerMs, noAnswer, openTicketed } from "../live.ts";
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
  const body = { instance: options.instance ?? null, command: command.length === 0 ? null : command };
  const output: string[] = [];
  const ended = await attach(context, component.id, body, typing, (data) => {
    if (context.output.json) output.push(data);
    else process.stdout.write(process.stdout.isTTY ? data : data.replaceAll("\r\n", "\n"));
  });
  const exitCode = ended.exitCode ?? exitCodes.refused;
  if (context.output.json) context.output.result({ exitCode, output: output.join("").replaceAll("\r\n", "\n") }, "");
  else if (typing && ended.exitCode !== 0) context.output.note(`(${ended.reason})`);
  process.exitCode = exitCode;
}

type Terminal = { instance: string | null; command: string[] | null };

function attach(
  context: Context,
  component: `cmp_${string}`,
  body: Terminal,
  typing: boolean,
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
    const terminal = stream.subscribe(`terminal/${component}`, size(), {
      onSubscribed: () => clearTimeout(timer),
      onData: (data) => data.kind === "output" && onOutput(data.data),
      onGap: () => context.output.warn("some output was lost while the connection was down"),
      onEnded: (ended) => finish(() => resolve(ended)),
      onError: (error) => finish(() => reject(new Fault("unavailable", error.message, error.next ? { next: error.next } : {}))),
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
      process.stdin.pause();
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
