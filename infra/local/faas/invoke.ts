import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Context } from "aws-lambda";
import { Fault } from "../../../shared/base/fault.ts";
import type { FunctionConfig } from "./config.ts";

type Handler = (event: unknown, context: Context) => Promise<unknown>;

export interface LocalFunction {
  readonly name: string;
  /** Imports the module; later invocations do not wait for it. @throws Fault `internal` naming the file. */
  prepare(): Promise<void>;
  /** @throws Fault `unavailable` when it took longer than it may, and whatever the handler throws. */
  invoke(request: { event: unknown; id: string; timeoutMs?: number }): Promise<unknown>;
}

/** A function runs in this process; its module is imported once. What takes too long is given up on, though it may still end by itself. */
export function localFunction(config: FunctionConfig): LocalFunction {
  let loading: Promise<Handler> | undefined;
  const load = () => {
    loading ??= importHandler(config);
    return loading;
  };
  return {
    name: config.name,
    prepare: async () => {
      await load();
    },
    invoke: async ({ event, id, timeoutMs }) => {
      const handler = await load();
      const limitMs = Math.min(config.timeoutSeconds * 1_000, timeoutMs ?? Number.POSITIVE_INFINITY);
      return await within(limitMs, config.name, handler(event, contextFor(config, id, Date.now() + limitMs)));
    },
  };
}

async function importHandler({ module, exportName, name }: FunctionConfig): Promise<Handler> {
  if (!existsSync(module))
    throw new Fault("internal", `serverless.yml names a function ${name} whose file is not there: ${module}.`);
  const found: Record<string, unknown> = await import(pathToFileURL(module).href);
  const handler = found[exportName];
  if (typeof handler !== "function")
    throw new Fault("internal", `Function ${name} has no handler: ${module} does not export ${exportName}.`);
  return async (event, context) => await handler(event, context);
}

function within<T>(limitMs: number, name: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(
        new Fault("unavailable", `This took longer than the ${limitMs / 1_000} seconds it may take.`, {
          next: "Try again; if it happens again, report it with the request id.",
          detail: { function: name },
        }),
      );
    const timer = setTimeout(late, limitMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function contextFor({ name }: FunctionConfig, id: string, deadline: number): Context {
  const unused = (): never => {
    throw new Fault("internal", "Handlers answer by promise.");
  };
  return {
    awsRequestId: id,
    functionName: name,
    functionVersion: "$LATEST",
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${name}`,
    memoryLimitInMB: "1024",
    logGroupName: name,
    logStreamName: "local",
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: unused,
    fail: unused,
    succeed: unused,
  };
}
