import { inert } from "../../shared/base/inert.ts";
import { ApiError } from "../../shared/client/api-error.ts";
import type { LogLine } from "../../shared/contract/agent.ts";
import type { Component } from "../../shared/contract/component.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type { Context } from "./context.ts";
import { follow } from "./follow.ts";
import { componentRow } from "./rows.ts";

/** How much of a log is shown with a failure. */
const linesShown = 20;

/** undefined: the build did not fail. */
async function buildLines({ client }: Context, operation: Operation): Promise<LogLine[] | undefined> {
  if (operation.build === null) return undefined;
  const build = await client.buildView({ params: { build: operation.build } });
  if (build.failure === null) return undefined;
  const around = build.failure.logLine;
  const { lines } = await client.buildLogView({
    params: { build: build.id },
    query: { after: around === null ? 0 : Math.max(0, around - linesShown + 5), limit: around === null ? 5_000 : linesShown },
  });
  return lines.slice(-linesShown);
}

async function relevantLines(context: Context, operation: Operation): Promise<readonly LogLine[]> {
  try {
    const built = await buildLines(context, operation);
    // The build's log was shown line by line, unless nothing was to be said.
    if (built) return context.options.quiet ? built : [];
    if (operation.component === null) return [];
    const { readLog } = await import("./runtime-log.ts");
    return await readLog(context, operation.component, { tail: linesShown, limitMs: 5_000 });
  } catch (error) {
    // The failure itself is what matters; that its log cannot be had is said, not thrown.
    context.output.note(`(the log cannot be read now: ${error instanceof Error ? error.message : String(error)})`);
    return [];
  }
}

async function failed(context: Context, operation: Operation): Promise<never> {
  const lines = await relevantLines(context, operation);
  if (lines.length > 0) context.output.raw(`The last lines of the log:\n${lines.map((l) => `  ${inert(l.text)}\n`).join("")}`);
  const {
    code = "internal",
    message = `The ${operation.kind} ended as ${operation.state}.`,
    next = `Look at it with: pluvia operations ${operation.id}`,
  } = operation.failure ?? {};
  throw new ApiError("conflict", message, { next, status: 200, operation: operation.id, detail: { code } });
}

const whyNot: Partial<Record<Operation["state"], string>> = {
  superseded: "A newer operation took over before this one was done.",
  cancelled: "The operation was cancelled.",
};

const startsNothing = ({ kind }: Operation, { configuration }: Component): boolean =>
  (kind === "start" || kind === "restart") && configuration.replicas === 0;

/** Follows an operation as far as the person wants and says how it stands: the component's row, or why it failed. */
export async function conclude(
  context: Context,
  application: string,
  accepted: { operation: Operation; component: Component },
): Promise<void> {
  const { output, client, wait } = context;
  if (!wait) {
    const row = { ...componentRow(accepted.component, application), operation: accepted.operation.id };
    output.result(
      row,
      `${accepted.operation.kind} of ${application}/${row.name} began: operation ${accepted.operation.id}. Follow it with --wait, or: pluvia operations ${accepted.operation.id}`,
    );
    return;
  }
  const ended = await follow(context, accepted.operation);
  const why = whyNot[ended.state];
  if (why)
    throw new ApiError("conflict", why, {
      next: 'See "pluvia operations" for what is under way.',
      status: 200,
      operation: ended.id,
    });
  if (ended.state !== "succeeded") await failed(context, ended);
  const component = await client.componentView({ params: { component: accepted.component.id } });
  const row = componentRow(component, application);
  const release = row.release === null ? "" : `, release ${row.release}`;
  const none = startsNothing(ended, component) ? "\nIt has 0 instances: start some with pluvia scale 1." : "";
  output.result(
    { ...row, operation: ended.id },
    `${application}/${row.name} is ${row.status}${release}${row.url ? `\n${row.url}` : ""}${none}`,
  );
}
