import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { blobServer } from "../../infra/local/blob-server/blob-server.ts";
import { localBlobs, removeDrafts } from "../../shared/adapters/local/blobs.ts";
import { memoryBlobs } from "../../shared/adapters/memory/blobs.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { blobStoreSuite } from "./blobs.suite.ts";
import { fetchBlob } from "./fetch-blob.ts";

const openLocal = async () => {
  const directory = await temporaryDirectory();
  const clock = steppedClock();
  let origin = "";
  const blobs = localBlobs({ directory: directory.path, key: "secret", origin: () => origin, clock });
  const files = blobServer({ blobs, key: "secret", clock });
  const server = createServer((request, response) => void files.handle(request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    blobs,
    clock,
    fetch: fetchBlob,
    directory: directory.path,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await directory.remove();
    },
  };
};

blobStoreSuite("memory", async () => {
  const blobs = memoryBlobs();
  return { blobs, fetch: async (request, content) => blobs.fetch(request, content), close: async () => {} };
});
blobStoreSuite("local", openLocal);

describe("local blobs", () => {
  let world: Awaited<ReturnType<typeof openLocal>>;
  beforeEach(async () => {
    world = await openLocal();
  });
  afterEach(() => world.close());
  const digest = `sha256:${createHash("sha256").update("hello").digest("hex")}`;
  const hello = (namespace = "tnt_a") => ({ namespace, digest, sizeBytes: 5 });
  const keep = (namespace?: string) => world.blobs.put(hello(namespace), Readable.from(["hel", "lo"]));
  const drafts = () => readdir(`${world.directory}/.drafts`);

  test.each([
    ["other content", ["hell0"], "invalid"],
    ["more", ["hello", "!"], "too_large"],
    ["less", ["hell"], "too_large"],
  ])("nothing half-written stays after a refusal: %s", async (_, chunks, code) => {
    await expect(world.blobs.put(hello(), Readable.from(chunks))).rejects.toMatchObject({ code });
    expect(await drafts()).toEqual([]);
    expect(await world.blobs.has(hello())).toBe(false);
  });
  test("a stream that breaks leaves nothing", async () => {
    const broken = Readable.from(
      (function* () {
        yield "hello";
        throw new Error("connection lost");
      })(),
    );
    await expect(world.blobs.put(hello(), broken)).rejects.toThrow("connection lost");
    expect(await drafts()).toEqual([]);
    expect(await world.blobs.has(hello())).toBe(false);
  });
  test("what a crash left half-written goes with the next start", async () => {
    await removeDrafts(world.directory);
    const open = new Readable({ read() {} });
    const writing = world.blobs.put(hello(), open);
    writing.catch(() => {}); // ended below, as by a crash
    open.push("he");
    while (!existsSync(`${world.directory}/.drafts`) || (await drafts()).length === 0) await new Promise(setImmediate);
    await removeDrafts(world.directory);
    expect(await drafts()).toEqual([]);
    open.destroy(new Error("crash"));
    await expect(writing).rejects.toThrow("crash");
  });
  test("a read answers the content's length", async () => {
    await keep();
    const answer = await fetch(await world.blobs.readUrl({ ...hello(), expiresSeconds: 60 }));
    expect([answer.status, answer.headers.get("content-length"), await answer.text()]).toEqual([200, "5", "hello"]);
  });
  test("a write without a length in its head is held to what was announced all the same", async () => {
    const { url } = await world.blobs.writeRequest({ ...hello(), expiresSeconds: 60 });
    const streamed = (text: string) =>
      fetch(url, { method: "PUT", body: new Blob([text]).stream(), duplex: "half" } as RequestInit);
    expect((await streamed("hello!")).status).toBe(413);
    expect((await streamed("hello")).status).toBe(200);
  });
  test("a URL is good for its one thing: not for another tenant, digest, method, size, nor after its time", async () => {
    await keep();
    await keep("tnt_b");
    const get = await world.blobs.readUrl({ ...hello(), expiresSeconds: 60 });
    const { url: put } = await world.blobs.writeRequest({ ...hello(), expiresSeconds: 60 });
    const statuses = await Promise.all([
      fetch(get.replace("tnt_a", "tnt_b")),
      fetch(get.replace(/[0-9a-f]{64}/, "0".repeat(64))),
      fetch(get, { method: "PUT", body: "hello" }),
      fetch(put),
      fetch(put.replace("size=5", "size=6"), { method: "PUT", body: "hello!" }),
      fetch(get.replace(/expires=\d+/, "expires=99999999999")),
      fetch(get.replace(/signature=./, "signature=_")),
      fetch(get.replace(/&signature=.*/, "")),
    ]);
    expect(statuses.map((s) => s.status)).toEqual(Array(8).fill(403));
    await world.clock.advance(61_000);
    expect((await fetch(get)).status).toBe(403);
  });
});
