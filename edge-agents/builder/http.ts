import { createReadStream } from "node:fs";
import * as http from "node:http";
import * as https from "node:https";
import { pipeline } from "node:stream/promises";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

const agents = { "http:": new http.Agent({ keepAlive: true }), "https:": new https.Agent({ keepAlive: true }) } as const;

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

/** Lean on purpose: fetch takes 30 ms to load, and a builder lives for less than a second. */
export const postJson = (url: URL, token: string, body: unknown): Promise<Answer> => {
  const text = JSON.stringify(body);
  const { request, answer } = begin(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", "content-length": Buffer.byteLength(text) },
  });
  request.end(text);
  return answer;
};

export const putFile = async (url: URL, path: string, sizeBytes: number): Promise<Answer> => {
  const { request, answer } = begin(url, {
    method: "PUT",
    headers: { "content-type": "application/gzip", "content-length": sizeBytes },
  });
  const [result] = await Promise.allSettled([answer, pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), request)]);
  if (result.status === "rejected") throw result.reason;
  return result.value;
};

export const closeConnections = (): void => {
  for (const agent of Object.values(agents)) agent.destroy();
};
