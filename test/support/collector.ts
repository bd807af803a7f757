import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import * as z from "zod";

/**
 * ExportTraceServiceRequest in OTLP's JSON encoding (opentelemetry-proto: trace.proto, and "JSON Protobuf Encoding" of the OTLP specification): ids in hexadecimal, 64-bit
 * numbers as text, enums as numbers. Strict, so that a name that is not the protocol's is refused.
 */
const Int64 = z.string().regex(/^-?\d+$/);
const Attribute = z.strictObject({
  key: z.string().min(1),
  value: z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ intValue: Int64 }),
    z.strictObject({ doubleValue: z.number() }),
    z.strictObject({ boolValue: z.boolean() }),
  ]),
});
const Span = z.strictObject({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: Int64,
  endTimeUnixNano: Int64,
  attributes: z.array(Attribute),
  status: z.strictObject({ code: z.int().min(0).max(2).optional(), message: z.string().optional() }),
});
const Request = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes: z.array(Attribute) }),
      scopeSpans: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string(), version: z.string() }), spans: z.array(Span).min(1) }),
      ),
    }),
  ),
});
export type CollectedSpan = z.infer<typeof Span> & { readonly service: string };

export interface Collector {
  readonly endpoint: string;
  readonly spans: CollectedSpan[];
  readonly headers: Record<string, unknown>[];
  stop(): void;
}

/** Takes spans as a collector of OpenTelemetry does; what is not of the protocol is answered 400 and kept nowhere. */
export async function startCollector(): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const headers: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    headers.push(request.headers);
    const parsed = Request.safeParse(await json(request));
    const isOurs =
      request.method === "POST" && request.url === "/v1/traces" && request.headers["content-type"] === "application/json";
    if (!parsed.success || !isOurs) return void response.writeHead(400).end(parsed.error?.message);
    for (const { resource, scopeSpans } of parsed.data.resourceSpans) {
      const named = resource.attributes.find(({ key }) => key === "service.name")?.value;
      const service = named && "stringValue" in named ? named.stringValue : "";
      spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service }))));
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
