import { readdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { blobServer } from "../../infra/local/blob-server/blob-server.ts";
import { localBlobs, removeDrafts } from "../../shared/adapters/local/blobs.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { memoryBlobs } from "../../shared/adapters/memory/blobs.ts";
import { type SteppedClock, steppedClock } from "../../shared/adapters/memory/clock.ts";
import type { BlobStore } from "../../shared/ports/blob-store.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { blobStoreSuite } from "./blobs.suite.ts";

blobStoreSuite("memory", async () => ({ blobs: memoryBlobs(), close: async () => {} }));
blobStoreSuite("local", async () => {
  const directory = await temporaryDirectory();
  return {
    blobs: localBlobs({ directory: directory.path, key: "k", origin: () => "http://127.0.0.1", clock: systemClock() }),
    close: directory.remove,
  };
});

describe("local blobs", () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  let clock: SteppedClock;
  let blobs: BlobStore;
  let origin = "";
  let stop: () => Promise<void>;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    clock = steppedClock();
    blobs = localBlobs({ directory: directory.path, key: "secret", origin: () => origin, clock });
    const files = blobServer({ blobs, key: "secret", clock });
    const server = createServer((request, response) => void files.handle(request, response)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    stop = async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await directory.remove();
    };
  });
  afterEach(() => stop());
  const keep = () => blobs.put("tnt_a", Readable.from(["hello"]), { maxBytes: 100 });

  test("nothing half-written stays after a crash or a refusal", async () => {
    await expect(blobs.put("tnt_a", Readable.from(["hello"]), { maxBytes: 1 })).rejects.toMatchObject({ code: "too_large" });
    expect(await readdir(`${directory.path}/.drafts`)).toEqual([]);
    await removeDrafts(directory.path);
  });
  test.each(["../x", "", ".drafts", "a/b", "a\0"])("a namespace cannot lead out of the store: %j", async (namespace) => {
    await expect(blobs.put(namespace, Readable.from(["x"]), { maxBytes: 10 })).rejects.toMatchObject({ code: "internal" });
  });
  test("a presigned GET answers the content and its length", async () => {
    const { digest } = await keep();
    const answer = await fetch(await blobs.presign({ kind: "get", namespace: "tnt_a", digest, expiresSeconds: 60 }));
    expect([answer.status, answer.headers.get("content-length"), await answer.text()]).toEqual([200, "5", "hello"]);
  });
  test("a presigned PUT answers digest and size, and refuses what is too large", async () => {
    const put = async (body: string) =>
      fetch(await blobs.presign({ kind: "put", namespace: "tnt_a", maxBytes: 5, expiresSeconds: 60 }), { method: "PUT", body });
    const answer = await put("hello");
    const kept = (await answer.json()) as { digest: string; sizeBytes: number };
    expect(kept).toEqual(await keep());
    expect(await blobs.has("tnt_a", kept.digest)).toBe(true);
    expect((await put("hello!")).status).toBe(413);
  });
  test("a presigned URL is good for its one thing: not for another tenant, digest, method, size, nor after its time", async () => {
    const { digest } = await keep();
    await blobs.put("tnt_b", Readable.from(["hello"]), { maxBytes: 100 });
    const get = await blobs.presign({ kind: "get", namespace: "tnt_a", digest, expiresSeconds: 60 });
    const put = await blobs.presign({ kind: "put", namespace: "tnt_a", maxBytes: 5, expiresSeconds: 60 });
    const statuses = await Promise.all([
      fetch(get.replace("tnt_a", "tnt_b")),
      fetch(get.replace(/[0-9a-f]{64}/, "0".repeat(64))),
      fetch(get, { method: "PUT", body: "x" }),
      fetch(put),
      fetch(put.replace("max=5", "max=500"), { method: "PUT", body: "hello hello" }),
      fetch(get.replace(/expires=\d+/, "expires=99999999999")),
      fetch(get.replace(/signature=./, "signature=_")),
      fetch(get.replace(/&signature=.*/, "")),
    ]);
    expect(statuses.map((s) => s.status)).toEqual(Array(8).fill(403));
    await clock.advance(61_000);
    expect((await fetch(get)).status).toBe(403);
  });
  test("a blob that is gone is not found", async () => {
    const { digest } = await keep();
    const url = await blobs.presign({ kind: "get", namespace: "tnt_a", digest, expiresSeconds: 60 });
    await blobs.remove("tnt_a", digest);
    expect((await fetch(url)).status).toBe(404);
  });
});
