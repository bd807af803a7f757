import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type * as z from "zod";
import { type FaultCode, faultOf } from "../../shared/base/fault.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { unknownFields } from "../../functions/_runtime/unknown-fields.ts";
import { ErrorBody } from "../../shared/contract/error-body.ts";
import { type OperationName, operations } from "../../shared/contract/operations.ts";

type Operations = typeof operations;
export interface Seen {
  readonly operation: OperationName;
  readonly headers: IncomingMessage["headers"];
}
type Answers = {
  [N in OperationName]?: (input: {
    params: z.output<Operations[N]["params"]>;
    query: z.output<Operations[N]["query"]>;
    body: z.output<Operations[N]["body"]>;
    headers: IncomingMessage["headers"];
    response: ServerResponse;
  }) => z.input<Operations[N]["result"]> | Promise<z.input<Operations[N]["result"]>>;
};

const statusOf: Record<FaultCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  throttled: 429,
  exhausted: 409,
  unavailable: 503,
  internal: 500,
};

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString("utf8");
  return text === "" ? undefined : JSON.parse(text);
};

/** As the API does, it refuses what the request does not have. */
function read(schema: z.ZodType, value: unknown): unknown {
  const [unknown] = unknownFields(schema, value);
  if (unknown) throw new Error(`${unknown.path.join(".")} is sent, and is not a field of this request`);
  return schema.parse(value);
}

const matchers = Object.entries<ApiOperation>(operations).map(([name, operation]) => ({
  name: name as OperationName,
  operation,
  pattern: new RegExp(`^${operation.path.replaceAll(".", "\\.").replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`),
}));

/** A server that speaks the contract through its real schemas, for testing clients: what it takes and answers is parsed by operations.ts. */
export async function startContractServer(
  answers: Answers,
): Promise<{ url: string; seen: Seen[]; server: Server; stop(): Promise<void> }> {
  const seen: Seen[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://localhost");
    const found = matchers
      .map((m) => ({ ...m, match: m.pattern.exec(url.pathname) }))
      .find((m) => m.match !== null && m.operation.method === request.method?.toLowerCase());
    const answer = found && answers[found.name];
    if (!found || !answer) {
      response.writeHead(404).end(`no answer for ${request.method} ${url.pathname}`);
      return;
    }
    seen.push({ operation: found.name, headers: request.headers });
    const { operation } = found;
    const params = Object.fromEntries(
      Object.entries(found.match?.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
    const input = {
      params: operation.params.parse(params),
      query: read(operation.query, Object.fromEntries(url.searchParams)),
      body: read(operation.body, await bodyOf(request)),
      headers: request.headers,
      response,
    };
    const result = operation.result.parse(await (answer as (input: unknown) => unknown)(input));
    if (response.headersSent || response.destroyed) return;
    response
      .writeHead(operation.status, { "content-type": "application/json" })
      .end(result === undefined ? "" : JSON.stringify(result));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      const fault = faultOf(error);
      const body: ErrorBody = ErrorBody.parse({
        error: {
          code: fault.code,
          message: fault.code === "internal" ? String(error) : fault.message,
          next: fault.next ?? "",
          fields: fault.fields,
          request: "req_1",
          operation: null,
        },
      });
      const after = fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) };
      response.writeHead(statusOf[fault.code], { "content-type": "application/json", ...after }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server, stop };
}
