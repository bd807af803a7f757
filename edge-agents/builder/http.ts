import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { Duplex, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { BuildOrder } from "../../shared/contract/agent.ts";
import { BuildFailure } from "../../shared/domain/build/failure.ts";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Agents of our own do not look at the environment by themselves. */
const proxied = process.env["NODE_USE_ENV_PROXY"] === "1" ? { proxyEnv: process.env } : {};
const agents = {
  "http:": new http.Agent({ keepAlive: true, ...proxied }),
  "https:": new https.Agent({ keepAlive: true, ...proxied }),
} as const;

/** More than any answer of the API to a builder. */
const answerBytesMax = 1024 * 1024;
const timeoutMs = 30_000;

const begin = (url: URL, options: http.RequestOptions): { request: http.ClientRequest; answer: Promise<Answer> } => {
  const secure = url.protocol === "https:";
  const request = (secure ? https : http).request(url, {
    ...options,
    agent: secure ? agents["https:"] : agents["http:"],
    timeout: timeoutMs,
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} seconds`)));
    request.on("error", reject);
    request.on("response", (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        if (body.length < answerBytesMax) body += text;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
  return { request, answer };
};

export const getJson = (url: URL, token: string): Promise<Answer> => {
  const { request, answer } = begin(url, { headers: { authorization: `Bearer ${token}` } });
  request.end();
  return answer;
};

/** Lean on purpose: fetch takes 30 ms to load, and a builder lives for less than a second. */
export const postJson = (url: URL, { token, trace }: Pick<BuildOrder, "token" | "trace">, body: unknown): Promise<Answer> => {
  const text = JSON.stringify(body);
  const { request, answer } = begin(url, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(text),
      ...(trace !== undefined && { traceparent: trace }),
    },
  });
  request.end(text);
  return answer;
};

export interface SentFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly headers: Readonly<Record<string, string>>;
}
/** Once there is an answer, which a refusal is before all was sent, the rest is not sent. */
export const putFile = async (url: URL, { path, sizeBytes, headers }: SentFile): Promise<Answer> => {
  const { request, answer } = begin(url, { method: "PUT", headers: { ...headers, "content-length": sizeBytes } });
  const answered = new AbortController();
  const stop = () => answered.abort();
  void answer.then(stop, stop);
  const content = createReadStream(path, { highWaterMark: 1024 * 1024 });
  const [result] = await Promise.allSettled([answer, pipeline(content, request, { signal: answered.signal })]);
  if (result.status === "rejected") throw result.reason;
  return result.value;
};

/** The first request of a process compiles and loads 20 ms worth of code: a builder that waits for its order makes one to nowhere. */
export const rehearseRequest = (): void => {
  const nowhere = new Duplex({
    read: () => {},
    write: (_chunk, _encoding, done) => {
      done();
      nowhere.push("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}");
      nowhere.push(null);
    },
  });
  const agent = Object.assign(new http.Agent(), { createConnection: () => nowhere });
  const request = http.request({ method: "POST", agent }, (response) => response.resume());
  request.on("error", (error) => console.error("rehearsal of a request", error));
  request.end("{}");
};

export const closeConnections = (): void => {
  for (const agent of Object.values(agents)) agent.destroy();
};

/** Writes an answer's body to a file; answers the status. @throws BuildFailure `upload.too-large`. */
export const getFile = async (url: URL, path: string, limits: { bytesMax: number; signal: AbortSignal }): Promise<number> => {
  const secure = url.protocol === "https:";
  const request = (secure ? https : http).get(url, {
    agent: secure ? agents["https:"] : agents["http:"],
    timeout: timeoutMs,
    signal: limits.signal,
  });
  request.on("timeout", () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} seconds`)));
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  if (response.statusCode !== 200) {
    response.resume();
    return response.statusCode ?? 0;
  }
  let bytes = 0;
  const limit = new Transform({
    transform: (chunk: Buffer, _, done) => {
      bytes += chunk.length;
      if (bytes > limits.bytesMax)
        done(
          new BuildFailure(
            "upload.too-large",
            `The upload is larger than ${Math.round(limits.bytesMax / 1024 / 1024)} MiB.`,
            "Leave out what the build does not need.",
          ),
        );
      else done(null, chunk);
    },
  });
  await pipeline(response, limit, createWriteStream(path, { mode: 0o600 }));
  return 200;
};
