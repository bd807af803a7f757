import { styleText } from "node:util";
import type { LogLine } from "../../../shared/contract/agent.ts";
import { logLimits } from "../../../shared/contract/stream.ts";
import { instanceEnd } from "../../../shared/domain/instance-name.ts";
import type { Context } from "../context.ts";
import { exitCodes, UsageError } from "../failure.ts";
import { streamLog } from "../runtime-log.ts";
import { selectComponent } from "../select.ts";
import { inert } from "../../../shared/base/inert.ts";
import { integer } from "../configuration.ts";

export interface LogOptions {
  readonly follow?: boolean;
  readonly tail?: string;
  readonly since?: string;
  readonly search?: string;
}

const tailDefault = 200;

function positionOf(options: LogOptions): { tail?: number; after?: number; search?: string } {
  if (options.since !== undefined && options.tail !== undefined)
    throw new UsageError("--since and --tail both say where to begin.", "Leave one of the two out.");
  const search = options.search ? { search: options.search } : {};
  if ((options.search?.length ?? 0) > logLimits.search)
    throw new UsageError(`--search takes at most ${logLimits.search} characters.`, "Look for less.");
  if (options.since !== undefined) return { ...search, after: integer(options.since, "--since") };
  const tail = options.tail === undefined ? tailDefault : integer(options.tail, "--tail");
  if (tail > logLimits.tail)
    throw new UsageError(`--tail takes at most ${logLimits.tail} lines.`, "With --since 0 there are all.");
  return { ...search, tail };
}

const clock = (at: string): string => at.slice(11, 23);
const lineText = (line: LogLine): string => {
  const stamp = styleText("dim", `${clock(line.at)} ${line.instance ? `${instanceEnd(line.instance)} ` : ""}`, {
    stream: process.stdout,
  });
  const text = inert(line.text);
  return `${stamp}${line.stream === "out" ? text : styleText(line.stream === "err" ? "red" : "cyan", text, { stream: process.stdout })}\n`;
};

/** With --json and -f each line is one JSON document, as it comes; without -f one array. */
export async function logs(context: Context, options: LogOptions): Promise<void> {
  const position = positionOf(options);
  const { component } = await selectComponent(context);
  const kept: LogLine[] = [];
  const whole = context.output.json && !options.follow;
  const print = (line: LogLine): void => {
    if (whole) kept.push(line);
    else process.stdout.write(context.output.json ? `${JSON.stringify(line)}\n` : lineText(line));
  };
  const stop = new AbortController();
  process.once("SIGINT", () => {
    process.exitCode = exitCodes.interrupted;
    stop.abort();
  });
  await streamLog(
    context,
    component.id,
    { ...position, follow: options.follow ?? false },
    {
      onLines: (lines) => lines.forEach(print),
      onGap: ({ from, to, reason }) => context.output.warn(`lines ${from} to ${to} are missing: ${reason}`),
    },
    stop.signal,
  );
  if (whole) context.output.result(kept, "");
}
