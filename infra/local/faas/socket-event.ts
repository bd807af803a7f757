import type { IncomingHttpHeaders } from "node:http";
import { joined } from "./http-event.ts";

export interface Connected {
  readonly connection: string;
  readonly at: Date;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly address: string;
}

type Kind =
  | { readonly kind: "CONNECT" }
  | { readonly kind: "MESSAGE"; readonly body: string }
  | { readonly kind: "DISCONNECT"; readonly code: number; readonly reason: string };
const routeKeys = { CONNECT: "$connect", MESSAGE: "$default", DISCONNECT: "$disconnect" } as const;

/** The event of a WebSocket API. */
export function socketEvent({ connection, at, url, headers, address }: Connected, id: string, what: Kind) {
  return {
    requestContext: {
      routeKey: routeKeys[what.kind],
      eventType: what.kind,
      connectionId: connection,
      connectedAt: at.getTime(),
      requestId: id,
      extendedRequestId: id,
      requestTime: new Date().toISOString(),
      requestTimeEpoch: Date.now(),
      messageDirection: "IN",
      messageId: what.kind === "MESSAGE" ? id : null,
      domainName: url.host,
      stage: "local",
      apiId: "local",
      identity: { sourceIp: address, userAgent: headers["user-agent"] ?? null },
      ...(what.kind === "DISCONNECT" ? { disconnectStatusCode: what.code, disconnectReason: what.reason } : {}),
    },
    ...(what.kind === "MESSAGE" ? { body: what.body } : headersAndQuery(headers, url)),
    isBase64Encoded: false,
  };
}

function headersAndQuery(headers: IncomingHttpHeaders, url: URL) {
  const names = [...new Set(url.searchParams.keys())];
  const all = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, [value].flat()] as const]));
  return {
    headers: joined(headers),
    multiValueHeaders: Object.fromEntries(all),
    ...(names.length === 0
      ? {}
      : {
          queryStringParameters: Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name).at(-1)])),
          multiValueQueryStringParameters: Object.fromEntries(names.map((name) => [name, url.searchParams.getAll(name)])),
        }),
  };
}
