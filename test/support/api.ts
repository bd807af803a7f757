import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { parse } from "yaml";
import type * as z from "zod";
import type { Answer } from "../../functions/_runtime/answer.ts";
import { wire } from "../../functions/_runtime/deps.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { type OperationName, operations } from "../../shared/contract/operations.ts";
import { asFunction } from "./judge.ts";
import { type MemoryDeps, memoryDeps } from "./memory-deps.ts";

type Operations = typeof operations;
export interface Deployed {
  (event: APIGatewayProxyEventV2, context: Context): Promise<Answer>;
  readonly operations: readonly ApiOperation[];
}

interface Listed {
  readonly handler: string;
  readonly events?: readonly {
    readonly httpApi?: unknown;
    readonly sqs?: { readonly arn: { readonly "Fn::GetAtt": readonly string[] } };
  }[];
}
const listed = async (): Promise<[string, Listed][]> => {
  const text = await readFile(new URL("../../serverless.yml", import.meta.url), "utf8");
  return Object.entries((parse(text) as { functions: Record<string, Listed> }).functions);
};
const fileOf = (one: Listed): URL => new URL(`../../${one.handler.replace(/\.handler$/, ".ts")}`, import.meta.url);
async function handlersOf<H>(events: (one: Listed) => boolean): Promise<[string, H, Listed][]> {
  const chosen = (await listed()).filter(([, one]) => events(one) && existsSync(fileOf(one)));
  const load = async ([name, one]: [string, Listed]): Promise<[string, H, Listed]> => {
    const module = (await import(fileOf(one).href)) as { handler: H };
    return [name, asFunction(name, module.handler as never) as H, one];
  };
  return Promise.all(chosen.map(load));
}

/** Every deployed HTTP function, by its name in serverless.yml. */
export const deployed = async (): Promise<Map<string, Deployed>> =>
  new Map((await handlersOf<Deployed>((one) => one.events?.some((e) => e.httpApi) ?? false)).map(([name, f]) => [name, f]));

export interface Ask {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** In place of `body`: exactly this text. */
  readonly text?: string;
  /** Bearer token. */
  readonly as?: string | undefined;
  readonly cookie?: string;
  readonly team?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly address?: string;
}
export interface Got<B> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: B;
}

export interface Api {
  readonly deps: MemoryDeps;
  /** Calls the deployed function as the platform does. The body is the parsed answer; an unsuccessful one is an ErrorBody. */
  readonly ask: <N extends OperationName>(name: N, ask?: Ask) => Promise<Got<z.infer<Operations[N]["result"]>>>;
  readonly send: (event: APIGatewayProxyEventV2) => Promise<Got<unknown>>;
}

let count = 0;

/** The whole API over memory adapters. */
export async function startApi(deps: MemoryDeps = memoryDeps()): Promise<Api> {
  wire(deps);
  const functions = await deployed();
  const byRoute = new Map([...functions.values()].flatMap((f) => f.operations.map((o) => [routeKeyOf(o), f] as const)));
  const send = async (event: APIGatewayProxyEventV2): Promise<Got<unknown>> => {
    const handler = byRoute.get(event.routeKey.replace(/^HEAD /, "GET ")) ?? functions.get("unknown");
    if (!handler) throw new Error(`no function for ${event.routeKey}`);
    const answer = await handler(event, {} as Context);
    const isJson = /json/.test(answer.headers["content-type"] ?? "");
    const body = answer.body === undefined || !isJson ? answer.body : (JSON.parse(answer.body) as unknown);
    return { status: answer.statusCode ?? 0, headers: answer.headers, cookies: answer.cookies ?? [], body };
  };
  const ask: Api["ask"] = async (name, how = {}) => (await send(eventOf(operations[name], how))) as never;
  return { deps, ask, send };
}

const routeKeyOf = (o: Pick<ApiOperation, "method" | "path">): string => `${o.method.toUpperCase()} ${o.path}`;

export function eventOf(operation: Pick<ApiOperation, "method" | "path">, ask: Ask): APIGatewayProxyEventV2 {
  const rawPath = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(ask.params?.[name] ?? ""));
  const method = operation.method.toUpperCase();
  const text = ask.text ?? (ask.body === undefined ? undefined : JSON.stringify(ask.body));
  return {
    version: "2.0",
    routeKey: routeKeyOf(operation),
    rawPath,
    rawQueryString: new URLSearchParams(ask.query).toString(),
    headers: {
      "user-agent": "test",
      host: "localhost:7070",
      ...(text === undefined ? {} : { "content-type": "application/json" }),
      ...(ask.as === undefined ? {} : { authorization: `Bearer ${ask.as}` }),
      ...(ask.team === undefined ? {} : { "pluvia-team": ask.team }),
      ...ask.headers,
    },
    ...(ask.cookie === undefined ? {} : { cookies: [`other=1`, ask.cookie] }),
    ...(ask.params && { pathParameters: ask.params }),
    ...(ask.query && { queryStringParameters: ask.query }),
    ...(text === undefined ? {} : { body: text }),
    isBase64Encoded: false,
    requestContext: {
      accountId: "local",
      apiId: "local",
      domainName: "localhost",
      domainPrefix: "localhost",
      http: { method, path: rawPath, protocol: "HTTP/1.1", sourceIp: ask.address ?? "192.0.2.1", userAgent: "test" },
      requestId: `req_${++count}`,
      routeKey: routeKeyOf(operation),
      stage: "$default",
      time: "",
      timeEpoch: 0,
    },
  };
}
