import { isUtf8 } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { Matched } from "./routes.ts";

export interface Received {
  readonly id: string;
  readonly at: Date;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly address: string;
  readonly body: Buffer;
}

/** The event of an HTTP API, payload format 2.0. */
export function httpEvent({ id, at, method, url, headers, address, body }: Received, route: Matched): APIGatewayProxyEventV2 {
  const { cookie, ...others } = headers;
  const isText = textual(headers["content-type"]) && isUtf8(body);
  const query = queryOf(url.searchParams);
  return {
    version: "2.0",
    routeKey: route.key,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split(";").map((one) => one.trim()) }),
    headers: joined(others),
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    ...(Object.keys(route.parameters).length === 0 ? {} : { pathParameters: { ...route.parameters } }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: url.host,
      domainPrefix: url.hostname.split(".")[0] ?? "",
      http: { method, path: url.pathname, protocol: "HTTP/1.1", sourceIp: address, userAgent: headers["user-agent"] ?? "" },
      requestId: id,
      routeKey: route.key,
      stage: "$default",
      time: at.toISOString(),
      timeEpoch: at.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

const textual = (type = ""): boolean =>
  /^(text\/|application\/(json|javascript|xml|x-www-form-urlencoded|[\w.-]+\+(json|xml)))/i.test(type.trim() || "text/plain");

/** Repeated names are joined by commas, as API Gateway does. */
function queryOf(parameters: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(",")]));
}

export function joined(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(",") : value]],
    ),
  );
}
