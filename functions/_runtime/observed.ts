import { faultOf } from "../../shared/base/fault.ts";
import type { Log } from "../../shared/control/core.ts";
import type { Work } from "../../shared/ports/metrics.ts";
import type { SpanKind } from "../../shared/ports/tracer.ts";
import type { Deps } from "./deps.ts";

type Doing = Pick<Work, "kind" | "name" | "request" | "waitedMs"> & {
  /** traceparent of what asked for it. */
  readonly parent?: string | undefined;
  /** For every line of the log. */
  readonly fields?: object;
};

/** What becomes known on the way. */
export interface Known {
  tenant?: string | undefined;
  operationId?: string | undefined;
  failure?: string | undefined;
}

const spanKinds: Readonly<Record<Work["kind"], SpanKind>> = {
  request: "server",
  command: "consumer",
  frame: "consumer",
  schedule: "internal",
  event: "consumer",
};

/** The next piece of work is the first of this process. */
let isCold = true;

/**
 * Does a piece of work so that it can be seen from outside: its log lines carry who and what it is about, its end is measured, and it is a span of the trace
 * that asked for it. What it causes goes on in `deps.trace`.
 */
export async function observed<R>(all: Deps, doing: Doing, work: (deps: Deps, known: Known) => Promise<R>): Promise<R> {
  const { kind, name, parent, fields, ...more } = doing;
  const known: Known = {};
  const wasCold = isCold;
  isCold = false;
  const from = all.clock.now().getTime();
  const span = all.tracer.begin(name, { kind: spanKinds[kind], parent });
  const log = logWith(all.log, () => ({ ...fields, operation: name, ...defined({ ...known, trace: span?.trace }) }));
  try {
    return await work({ ...all, log, ...(span && { trace: span.trace }) }, known);
  } catch (error) {
    known.failure ??= faultOf(error).code;
    throw error;
  } finally {
    const ms = all.clock.now().getTime() - from;
    all.metrics.ended({ kind, name, ...more, ...known, ms, isCold: wasCold });
    span?.end(defined({ kind, request: doing.request, tenant: known.tenant, "operation.id": known.operationId }), known.failure);
    await all.tracer.flush();
  }
}

function logWith(log: Log, fields: () => object): Log {
  const at = (level: keyof Log) => (own: object, message: string) => log[level]({ ...fields(), ...own }, message);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

const defined = (fields: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
