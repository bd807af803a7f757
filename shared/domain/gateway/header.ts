/** Header fields as node gives them: name, value, name, value … in order, case and repetition kept. */
export type RawHeaders = readonly string[];

/** Of one connection, never passed on. RFC 9110 §7.6.1. */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** What only the gateway may say: an application trusts it. */
const said = new Set(["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip", "forwarded"]);

function* pairs(headers: RawHeaders): Generator<readonly [string, string, string]> {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? "";
    yield [name, headers[at + 1] ?? "", name.toLowerCase()];
  }
}

export const valuesOf = (headers: RawHeaders, wanted: string): readonly string[] =>
  [...pairs(headers)].filter(([, , name]) => name === wanted).map(([, value]) => value);

const without = (headers: RawHeaders, dropped: (name: string) => boolean): string[] =>
  [...pairs(headers)].flatMap(([name, value, lower]) => (dropped(lower) ? [] : [name, value]));

/** Those that Connection names are of this connection too, except what would take the message apart. */
function connectionOnly(headers: RawHeaders): ReadonlySet<string> {
  const named = valuesOf(headers, "connection").flatMap((value) =>
    value
      .toLowerCase()
      .split(",")
      .map((each) => each.trim()),
  );
  return new Set(named.filter((name) => !["host", "content-length"].includes(name)));
}

export interface Caller {
  readonly address: string;
  readonly host: string;
  /** From outside: what it says of itself in X-Forwarded-* is not believed. */
  readonly outside: boolean;
}

/** What goes on to the application. */
export function requestHeaders(
  headers: RawHeaders,
  caller: Caller,
  body: { chunked: boolean; upgrade?: string | undefined },
): string[] {
  const named = connectionOnly(headers);
  const kept = without(
    headers,
    (name) => hopByHop.has(name) || named.has(name) || name === "expect" || (caller.outside && said.has(name)),
  );
  if (valuesOf(kept, "host").length === 0) kept.push("Host", caller.host);
  if (caller.outside) kept.push("X-Forwarded-For", caller.address, "X-Forwarded-Proto", "http", "X-Forwarded-Host", caller.host);
  if (body.chunked) kept.push("Transfer-Encoding", "chunked");
  if (body.upgrade !== undefined) kept.push("Connection", "Upgrade", "Upgrade", body.upgrade);
  return kept;
}

/** What goes back to the client. */
export function responseHeaders(headers: RawHeaders): string[] {
  const named = connectionOnly(headers);
  return without(headers, (name) => hopByHop.has(name) || named.has(name));
}

/** Why a request is refused, or undefined. The parser has refused what cannot be framed; this refuses what can be read two ways. */
export function refusal(request: { headers: RawHeaders; url: string }): string | undefined {
  if (valuesOf(request.headers, "host").length > 1) return "The request names more than one Host.";
  if (valuesOf(request.headers, "content-length").length > 1) return "The request states its length twice.";
  if (!request.url.startsWith("/") && request.url !== "*") return "The request's target must be a path.";
  return undefined;
}
