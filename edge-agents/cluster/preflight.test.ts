import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { registryFindings } from "./preflight.ts";

/** As a registry does to somebody it does not know. */
const server = createServer((_, response) => response.writeHead(401).end());
let there = "";
let away = "";
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  there = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gone = createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  away = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`;
  gone.close();
  await once(gone, "close");
});
afterAll(() => void server.close());

const found = async (own: string | undefined, platform: string | null | undefined) =>
  (await registryFindings({ registryUrl: own, platformRegistry: () => platform })).map(({ code, state }) => [code, state]);

test("P6: a data center's own registry is looked at, whatever the platform has", async () => {
  for (const platform of [undefined, null, away]) expect(await found(there, platform)).toEqual([["image-registry.ok", "passed"]]);
  expect(await found(away, there)).toEqual([["image-registry.unreachable", "failed"]]);
});

test("P6: without one the platform's is, once it has told of it", async () => {
  expect(await found(undefined, undefined)).toEqual([]);
  expect(await found(undefined, null)).toEqual([["image-registry.none", "warning"]]);
  expect(await found(undefined, there)).toEqual([["image-registry.platform", "passed"]]);
  expect(await found(undefined, away)).toEqual([["image-registry.platform-unreachable", "failed"]]);
});
