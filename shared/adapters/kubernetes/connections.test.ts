import { once } from "node:events";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { eventually } from "../../../test/support/eventually.ts";
import { newRegistryKey } from "../http/oci/certificate.ts";
import { type Connections, connections, type Request } from "./connections.ts";

/** As an API server's. */
const streamsMax = 100;
const tls = { rejectUnauthorized: false };

/** Answers every request with headers, and no end: a watch. */
let server: Http2SecureServer;
let sessions: ServerHttp2Session[];
let streams: ServerHttp2Stream[];
let own: Connections;
beforeEach(async () => {
  const { privateKey, certificate } = newRegistryKey();
  server = createSecureServer({ key: privateKey, cert: certificate, settings: { maxConcurrentStreams: streamsMax } });
  [sessions, streams] = [[], []];
  server.on("session", (session) => void sessions.push(session));
  server.on("stream", (stream) => {
    streams.push(stream.on("error", () => {}));
    stream.respond({ ":status": 200 });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  own = connections();
});
afterEach(async () => {
  own.close();
  for (const session of sessions) session.destroy();
  await new Promise((closed) => server.close(closed));
});

const watch = (signal?: AbortSignal): Request => ({
  method: "GET",
  url: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/watch`),
  headers: {},
  tls,
  body: undefined,
  signal,
});
const isEnded = (session: ServerHttp2Session): boolean => session.destroyed || session.closed;

test("watches that begin all at once are more than one connection may have, and none waits for another to end", async () => {
  const answers = await Promise.all(Array.from({ length: 2 * streamsMax }, () => own.send(watch())));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 2 * streamsMax }, () => 200));
  expect(sessions.length).toBeGreaterThan(1);
});

test("one that is given up before its connection is open takes no room on it", async () => {
  const gone = AbortSignal.abort();
  const asked = await Promise.allSettled(Array.from({ length: 2 * streamsMax }, () => own.send(watch(gone))));
  expect(asked.map(({ status }) => status)).toEqual(Array.from({ length: 2 * streamsMax }, () => "rejected"));
  await own.send(watch());
  expect(sessions).toHaveLength(1);
});

test("closing ends what is under way on a connection that the server lets run out", async () => {
  const { body } = await own.send(watch());
  const ended = new Promise<void>((resolve) => void body.on("error", () => resolve()));
  sessions[0]?.goaway();
  await eventually("the next request opens another connection", async () => {
    await own.send(watch());
    return sessions.length > 1;
  });
  own.close();
  await ended;
  await eventually("the server hears of it", () => sessions.every(isEnded));
});

test("a connection that was still being opened when all were closed is not left behind", async () => {
  const asked = own.send(watch());
  own.close();
  await expect(asked).rejects.toThrow("closed");
  await eventually("the server has heard of it", () => sessions.every(isEnded));
});

test("an answer that has ended before anybody reads it is whole, however large", async () => {
  const { body } = await own.send(watch());
  const large = Buffer.alloc(3 * 2 ** 20, "x");
  streams[0]?.end(large);
  await setTimeout(50);
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).equals(large)).toBe(true);
});

test("an answer that breaks off is an error for who reads it, and who reads no longer ends it for the server", async () => {
  const [broken, left] = await Promise.all([own.send(watch()), own.send(watch())]);
  const read = (async () => {
    for await (const _ of broken.body);
  })();
  streams[0]?.destroy(new Error("broken"));
  await expect(read).rejects.toThrow();
  left.body.destroy();
  await eventually("the server hears of it", () => streams[1]?.destroyed === true);
});
