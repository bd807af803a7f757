import { lookup as systemLookup } from "node:dns";
import * as http from "node:http";
import * as https from "node:https";
import type { LookupFunction } from "node:net";
import { Fault } from "../../base/fault.ts";
import { addressAllowed, parseAddress } from "../../domain/build/address.ts";

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}
export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** Must be read or destroyed. */
  readonly body: http.IncomingMessage;
}

/** Without a byte for this long the other side counts as gone. */
const silenceMs = 60_000;

const refused = (host: string): Fault =>
  new Fault("invalid", `${host} leads to an address that may not be reached from here.`, {
    next: "Use an address on the Internet, or ask the operator to allow this host.",
    reason: "registry.address",
    params: { host },
  });

/** Answers only what may be reached, at the moment of connecting: a name that changes its address in between gains nothing. */
const guardedLookup =
  (allowed: readonly string[]): LookupFunction =>
  (host, options, done) => {
    systemLookup(host, { ...options, all: true }, (error, found) => {
      if (error) return done(error, "");
      if (!found.every(({ address }) => addressAllowed(host, parseAddress(address) ?? [], allowed)))
        return done(refused(host), "");
      const [first] = found;
      if (options.all) done(null, found as never);
      else done(null, first?.address ?? "", first?.family);
    });
  };

/** One HTTP request; follows nothing. `allowed` is the operator's list of private hosts (see addressAllowed). @throws Fault `invalid`, `unavailable`. */
export function guardedRequest(request: HttpRequest, allowed: readonly string[]): Promise<HttpAnswer> {
  const { method, url, headers, body } = request;
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refused(url.protocol);
  const literal = parseAddress(url.hostname);
  if (literal && !addressAllowed(url.hostname, literal, allowed)) throw refused(url.hostname);
  return new Promise((resolve, reject) => {
    const open = url.protocol === "https:" ? https.request : http.request;
    const sent = open(url, {
      method,
      headers: { ...headers, ...(body && { "content-length": String(body.length) }) },
      lookup: guardedLookup(allowed),
      timeout: silenceMs,
      agent: false,
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${silenceMs / 1_000} seconds`)));
    sent.on("error", (error) => reject(error instanceof Fault ? error : unreachableHost(url.host, error)));
    sent.on("response", (answer) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: answer }));
    sent.end(body);
  });
}

const unreachableHost = (host: string, error: Error): Fault =>
  new Fault("unavailable", `${host} could not be reached: ${error.message || (error as NodeJS.ErrnoException).code}.`, {
    next: "It is tried again by itself; check the address if that does not help.",
    cause: error,
  });

/** The whole body. @throws Fault `too_large`, `unavailable` when it does not end within `limitMs`. */
export async function readBody(answer: HttpAnswer, limits: { bytesMax: number; limitMs?: number }): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  const limitMs = limits.limitMs ?? 30_000;
  const timer = setTimeout(() => answer.body.destroy(new Error("the answer took too long")), limitMs);
  try {
    for await (const piece of answer.body as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > limits.bytesMax)
        throw new Fault("too_large", `The answer is over the limit of ${limits.bytesMax} bytes.`, { next: "Check the address." });
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof Fault ? error : new Fault("unavailable", "The answer broke off.", { cause: error });
  } finally {
    clearTimeout(timer);
    answer.body.destroy();
  }
  return Buffer.concat(pieces);
}
