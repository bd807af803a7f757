import type { Readable } from "node:stream";
import WebSocket from "ws";
import type { Access } from "./access.ts";
import { type Answer, connections } from "./connections.ts";
import { inTurns } from "../../base/in-turns.ts";
import { faultFor, type KubernetesStatus, unreached } from "./fault.ts";

export interface Call {
  readonly method: "GET" | "PATCH" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Of the answer; JSON when absent. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** HTTP to one API server. What fails is a Fault. */
export interface Transport {
  json<T>(call: Call): Promise<T>;
  /** An answer that goes on: a watch, or a log. Not ended by any time limit but the API server's own. */
  stream(call: Call): Promise<Readable>;
  socket(path: string, query: Call["query"], protocols: readonly string[]): Promise<WebSocket>;
  close(): void;
}

/** Calls that are under way at once, apart from answers that go on: thousands would only wait in the API server instead of here. */
const callsMax = 24;
/** Of a WebSocket. */
const handshakeMs = 30_000;

const urlOf = (server: string, path: string, query: Call["query"] = {}): URL => {
  const url = new URL(server + path);
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined) url.searchParams.append(name, String(each));
  return url;
};

async function textOf(answer: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** What the API server says in such words; in others, those. */
export function statusOf(text: string): KubernetesStatus {
  try {
    return JSON.parse(text) as KubernetesStatus;
  } catch {
    return { message: text.slice(0, 500) };
  }
}

export function transport(access: Access): Transport {
  const kept = connections();
  const turns = inTurns(callsMax);

  async function once(call: Call): Promise<Answer> {
    const { tls, headers } = await access.credentials();
    // Node frames the body of a DELETE only when it is told its length.
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    return kept.send({
      method: call.method,
      url: urlOf(access.server, call.path, call.query),
      tls,
      headers: {
        ...headers,
        accept: call.accept ?? "application/json",
        ...(body !== undefined && {
          "content-type": call.contentType ?? "application/json",
          "content-length": String(Buffer.byteLength(body)),
        }),
      },
      body,
      signal: call.signal,
    });
  }

  async function stream(call: Call): Promise<Readable> {
    const what = `${call.method} ${call.path}`;
    // A kept connection may have been closed meanwhile: all our calls may be made twice.
    const { status, body } = await once(call)
      .catch((error: { stale?: boolean }) => (error.stale && !call.signal?.aborted ? once(call) : Promise.reject(error)))
      .catch((error: unknown) => {
        throw unreached(what, error);
      });
    if (status >= 200 && status < 300) return body;
    throw faultFor(what, status, statusOf(await textOf(body).catch(() => "")));
  }

  return {
    stream,
    json: <T>(call: Call): Promise<T> =>
      turns(async () => {
        const answer = await stream(call);
        const text = await textOf(answer).catch((error: unknown) => {
          throw unreached(`${call.method} ${call.path} to its end`, error);
        });
        try {
          return (text === "" ? undefined : JSON.parse(text)) as T;
        } catch (error) {
          throw unreached(`${call.method} ${call.path} in JSON`, error);
        }
      }),
    async socket(path, query, protocols) {
      const url = urlOf(access.server, path, query);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      const { tls, headers } = await access.credentials();
      return new Promise((resolve, reject) => {
        const socket = new WebSocket(url, [...protocols], {
          ...tls,
          headers,
          handshakeTimeout: handshakeMs,
        } as WebSocket.ClientOptions);
        socket.once("open", () => resolve(socket));
        socket.once("unexpected-response", (_request, answer) =>
          textOf(answer).then(
            (text) => reject(faultFor(`GET ${path}`, answer.statusCode ?? 0, statusOf(text))),
            (error: unknown) => reject(unreached(`GET ${path}`, error)),
          ),
        );
        socket.on("error", (error) => reject(unreached(`GET ${path}`, error)));
      });
    },
    close: () => kept.close(),
  };
}
