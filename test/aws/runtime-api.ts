import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";

/** AWS's own client, which runs functions on Lambda; `.ci/run` builds it as its package says. Its native part carries its answers. */
const client = resolve(import.meta.dirname, "../../.cache/lambda/node_modules/aws-lambda-ric");
export const runtimeInterfaceClient = existsSync(`${client}/rapid-client.node`) ? `${client}/index.mjs` : undefined;

/** Lambda's limit of what a function answers. */
const answerBytesMax = 6 * 1024 * 1024;

/** What the function told of one invocation. */
export interface Outcome {
  /** Parsed; undefined where it failed. */
  readonly answer: unknown;
  readonly error?: { readonly errorType: string; readonly errorMessage: string };
}

export interface LambdaFunction {
  /** Hands the function an event, as soon as it asks for one. @throws when its process ends instead, with what it wrote. */
  invoke(event: unknown): Promise<Outcome>;
  /** What it wrote to its log so far. */
  log(): string;
  stop(): Promise<void>;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly done: PromiseWithResolvers<Outcome>;
}

/**
 * Lambda's side of the Runtime API of 2018-06-01 ("Using the Lambda runtime API for custom runtimes" in AWS's guide): the client asks for the next
 * invocation, and posts an answer or an error. `directory` is the unpacked function.
 */
export async function startFunction(
  directory: string,
  handler: string,
  { env, timeoutSeconds = 28 }: { env: Readonly<Record<string, string>>; timeoutSeconds?: number },
): Promise<LambdaFunction> {
  const waiting: Invocation[] = [];
  const running = new Map<string, Invocation>();
  const asking: ServerResponse[] = [];
  const handOut = () => {
    const [to, next] = [asking.at(0), waiting.at(0)];
    if (!to || !next) return;
    asking.shift();
    waiting.shift();
    running.set(next.id, next);
    to.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": next.id,
      "lambda-runtime-deadline-ms": String(Date.now() + timeoutSeconds * 1_000),
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-central-1:123456789012:function:pluvia",
      "lambda-runtime-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
    }).end(next.event);
  };
  const settle = (id: string, outcome: Outcome) => {
    running.get(id)?.done.resolve(outcome);
    running.delete(id);
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const [, id = "", what] = /^\/2018-06-01\/runtime\/invocation\/(?:([\w-]+)\/)?(\w+)$/.exec(request.url ?? "") ?? [];
    if (what === "next") {
      asking.push(response);
      return handOut();
    }
    // A function that could not be loaded: its process ends next, and what it wrote says why.
    if (what === undefined) return void response.writeHead(202).end("{}");
    const body = await text(request);
    const isLarge = what === "response" && Buffer.byteLength(body) > answerBytesMax;
    response.writeHead(isLarge ? 413 : 202, { "content-type": "application/json" }).end("{}");
    const failed = (error: NonNullable<Outcome["error"]>) => settle(id, { answer: undefined, error });
    if (isLarge) return failed({ errorType: "Function.ResponseSizeTooLarge", errorMessage: "The answer is over 6 MB." });
    if (what === "response") return settle(id, { answer: JSON.parse(body || "null") });
    failed(JSON.parse(body));
  };
  const server = createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const child: ChildProcess = spawn(process.execPath, [String(runtimeInterfaceClient)], {
    env: {
      ...env,
      PATH: process.env["PATH"] ?? "",
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: directory,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_LAMBDA_FUNCTION_NAME: "pluvia",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/pluvia",
      AWS_LAMBDA_LOG_STREAM_NAME: "one",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => (log += String(data)));
  const ended = once(child, "close").then(() => {
    for (const { done } of [...running.values(), ...waiting])
      done.reject(new Error(`the function's process ended: ${log.slice(-2_000)}`));
  });
  return {
    invoke: async (event) => {
      const invocation = { id: randomUUID(), event: JSON.stringify(event), done: Promise.withResolvers<Outcome>() };
      if (child.exitCode !== null) throw new Error(`the function's process ended: ${log.slice(-2_000)}`);
      waiting.push(invocation);
      handOut();
      return invocation.done.promise;
    },
    log: () => log,
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      server.closeAllConnections();
      server.close();
    },
  };
}
