import { createServer } from "node:http";
import { once } from "node:events";
import { truncateSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { putFile } from "../../edge-agents/builder/http.ts";
import { blobServer } from "../../infra/local/blob-server/blob-server.ts";
import { localBlobs } from "../../shared/adapters/local/blobs.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { Fault } from "../../shared/base/fault.ts";
import { type BuilderWorld, startBuilderWorld } from "../support/builder-world.ts";

let world: BuilderWorld;
beforeAll(async () => {
  world = await startBuilderWorld();
});
afterAll(() => world.close());

test("R1: what the platform does not take is told in its own words, in the log too", async () => {
  const { url } = world.repository({ "index.html": "<h1>Hello</h1>" });
  const told = {
    message: "What the build made has 1025 MiB; it may have at most 1024 MiB.",
    next: "Leave out what it does not need to run.",
    params: { size: 1025, max: 1024 },
  };
  world.platform.refuseBlobs(413, { error: { ...told, code: "too_large", reason: "slug.too-large", fields: [] } });
  const outcome = await world.build({ kind: "git", url });
  expect(outcome.result).toEqual({ state: "failed", code: "slug.too-large", ...told, logLine: null });
  expect(outcome.log.split("\n").at(-1)).toBe(`Failed: ${told.message} ${told.next}`);
});

test("R1: a store that refuses in the middle of an upload is heard", async () => {
  const parts = { key: "0".repeat(64), clock: systemClock() };
  const blobs = localBlobs({ directory: join(world.folder, "blobs"), origin: () => origin, ...parts });
  const full = async (_: unknown, content: AsyncIterable<unknown>): Promise<never> => {
    for await (const _part of content) throw new Fault("exhausted", "The disk is full.");
    throw new Error("nothing came");
  };
  const store = blobServer({ blobs: { ...blobs, put: full }, ...parts });
  const server = createServer((request, response) => void store.handle(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const path = join(world.folder, "large");
  const sizeBytes = 200 * 1_048_576;
  writeFileSync(path, "");
  truncateSync(path, sizeBytes);
  const digest = `sha256:${"0".repeat(64)}` as const;
  const { url, headers } = await blobs.writeRequest({ namespace: "team", digest, sizeBytes, expiresSeconds: 60 });
  const answer = await putFile(new URL(url), { path, sizeBytes, headers }).finally(() => {
    server.closeAllConnections();
    server.close();
  });
  expect(answer).toMatchObject({ status: 507, body: expect.stringContaining("The disk is full.") });
});
