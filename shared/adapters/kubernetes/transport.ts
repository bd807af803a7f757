import { type ClientRequest, type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import WebSocket from "ws";
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

/** HTTP to one API server, authenticated as a kubeconfig says. What fails is a Fault. */
export interface Transport {
  json<T>(call: Call): Promise<T>;
  /** An answer that goes on: a watch, or a log. Not ended by any time limit but the API server's own. */
  stream(call: Call): Promise<IncomingMessage>;
  socket(path: string, query: Call["query"], protocols: readonly string[]): Promise<WebSocket>;
  close(): void;
}

/** An API server that takes longer to begin its answer is taken for dead; its own limit is 60 s. */
const answerMs = 30_000;

const urlOf = (server: string, path: string, query: Call["query"] = {}): URL => {
  const url = new URL(server.replace(/\/$/, "") + path);
  for (const [name, value] of Object.entries(query))
    for (const each of Array.isArray(value) ? value : [value])
      if (each !== undefined) url.searchParams.append(name, String(each));
  return url;
};

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function statusOf(text: string): KubernetesStatus {
  try {
    return JSON.parse(text) as KubernetesStatus;
  } catch {
    return { message: text.slice(0, 500) };
  }
}

/** Reads a kubeconfig's text; null takes the service account of the pod we run in. @throws Fault */
export function kubeConfigOf(text: string | null): KubeConfig {
  const config = new KubeConfig();
  if (text === null) config.loadFromCluster();
  else config.loadFromString(text);
  return config;
}

export function transport(config: KubeConfig): Transport {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw unreached("at all: the kubeconfig names no cluster", undefined);
  const open = new Set<ClientRequest>();

  /** Credentials may be short-lived: asked for with every call, kept by the client library as long as they are good. */
  async function made(call: Call): Promise<{ options: RequestOptions; body: string | undefined }> {
    const secured: RequestOptions & { agent?: unknown } = {};
    await config.applyToHTTPSOptions(secured as Parameters<KubeConfig["applyToHTTPSOptions"]>[0]);
    if (secured.agent) Object.assign(secured.agent, { keepAlive: true });
    // Node frames the body of a DELETE only when it is told its length.
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const headers = {
      ...(secured.headers as Record<string, string> | undefined),
      accept: call.accept ?? "application/json",
      ...(body !== undefined && {
        "content-type": call.contentType ?? "application/json",
        "content-length": String(Buffer.byteLength(body)),
      }),
    };
    return { options: { ...secured, headers, method: call.method, ...(call.signal && { signal: call.signal }) }, body };
  }

  async function once(call: Call): Promise<IncomingMessage> {
    const url = urlOf(String(server), call.path, call.query);
    const { options, body } = await made(call);
    return new Promise((resolve, reject) => {
      const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options);
      open.add(request);
      const timer = setTimeout(() => request.destroy(new Error(`no answer within ${answerMs} ms`)), answerMs);
      request.on("close", () => open.delete(request) && clearTimeout(timer));
      request.on("response", (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      // A kept connection that the server closed meanwhile: all our calls may be made twice.
      request.on("error", (error) => reject(Object.assign(error, { stale: request.reusedSocket })));
      request.end(body);
    });
  }

  async function stream(call: Call): Promise<IncomingMessage> {
    const what = `${call.method} ${call.path}`;
    const answer = await once(call)
      .catch((error: { stale?: boolean }) => (error.stale && !call.signal?.aborted ? once(call) : Promise.reject(error)))
      .catch((error: unknown) => {
        throw unreached(what, error);
      });
    const http = answer.statusCode ?? 0;
    if (http >= 200 && http < 300) return answer;
    throw faultFor(what, http, statusOf(await textOf(answer).catch(() => "")));
  }

  return {
    stream,
    async json<T>(call: Call): Promise<T> {
      const answer = await stream(call);
      const text = await textOf(answer).catch((error: unknown) => {
        throw unreached(`${call.method} ${call.path} to its end`, error);
      });
      return (text === "" ? undefined : JSON.parse(text)) as T;
    },
    async socket(path, query, protocols) {
      const url = urlOf(String(server), path, query);
      url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
      const { options } = await made({ method: "GET", path });
      // What comes of an upgrade is no JSON: servers refuse to be asked for it (406).
      const { accept: _, ...headers } = options.headers as Record<string, string>;
      return new Promise((resolve, reject) => {
        const socket = new WebSocket(url, [...protocols], {
          ...options,
          headers,
          handshakeTimeout: answerMs,
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
    close() {
      for (const request of open) request.destroy();
    },
  };
}
