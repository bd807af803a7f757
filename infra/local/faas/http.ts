import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault, faultOf, isFault } from "../../../shared/base/fault.ts";
import type { Log } from "../../../shared/control/core.ts";
import type { FunctionConfig } from "./config.ts";
import { sendAnswer, sendFault } from "./http-answer.ts";
import { httpEvent } from "./http-event.ts";
import type { LocalFunction } from "./invoke.ts";
import { isOverPayload } from "./payload.ts";
import { routesOf } from "./routes.ts";

/** Bodies over it are not even read: they are over Lambda's limit of an event in any form. */
const requestBytesMax = 6 * 1024 * 1024;
/** API Gateway gives up on a function after this. */
const integrationMs = 29_000;

export interface HttpApi {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** Answers requests by the functions that serverless.yml routes them to. Whatever a function does, the process goes on. */
export function httpApi({
  configs,
  functions,
  log,
}: {
  configs: readonly FunctionConfig[];
  functions: ReadonlyMap<string, LocalFunction>;
  log: Log;
}): HttpApi {
  const match = routesOf(configs);
  const answer = async (id: string, request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET" } = request;
    const url = urlOf(request);
    const route = match(method, url.pathname);
    if (!route)
      throw new Fault("not_found", `This API has no ${method} ${url.pathname.slice(0, 200)}.`, {
        next: "Look it up in GET /v1/openapi.json.",
      });
    const body = await bodyOf(request);
    const event = httpEvent(
      { id, at: new Date(), method, url, headers: request.headers, address: addressOf(request), body },
      route,
    );
    if (isOverPayload(event)) throw tooLarge();
    const returned = await functions.get(route.function)?.invoke({ event, id, timeoutMs: integrationMs });
    sendAnswer(response, returned);
  };
  return {
    handle: async (request, response) => {
      const id = randomUUID();
      try {
        await answer(id, request, response);
      } catch (error) {
        if (!isFault(error) || error.code === "internal" || error.code === "unavailable")
          log.error({ request: id, method: request.method, url: request.url, error }, "a request failed");
        if (!request.complete) response.setHeader("connection", "close");
        sendFault(response, id, faultOf(error));
      }
    },
  };
}

export const addressOf = (request: IncomingMessage): string => (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");

/** @throws Fault `invalid`. */
export function urlOf(request: IncomingMessage): URL {
  const text = request.url ?? "/";
  const host = request.headers.host ?? "localhost";
  const url = text.startsWith("/") ? URL.parse(`http://${host}${text}`) : null;
  if (!url) throw new Fault("invalid", "The request's address is not one.", { next: "Send a path beginning with /." });
  return url;
}

const tooLarge = (): Fault =>
  new Fault("too_large", "The request is over 6 MB (bytes that are no text count as base64).", {
    next: "Send less; files go to the address that POST /v1/uploads answers.",
  });

/** A body that is too large is not read further, and its connection ends with the answer. @throws Fault `too_large`, `invalid` when the client went away. */
function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const refuse = () => {
      request.pause().removeListener("data", take);
      reject(tooLarge());
    };
    const take = (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > requestBytesMax) return refuse();
      chunks.push(chunk);
    };
    if (Number(request.headers["content-length"] ?? 0) > requestBytesMax) return refuse();
    request.on("data", take);
    request.once("end", () => resolve(Buffer.concat(chunks, sizeBytes)));
    request.once("error", (cause) => reject(new Fault("invalid", "The request ended before its body was whole.", { cause })));
  });
}
