import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { temporaryDirectory } from "../../test/temporary-directory.ts";
import { consolePages } from "./console.ts";

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let server: Server;
let url: string;
const script = `console.log(${JSON.stringify("x".repeat(2_000))})`;
beforeAll(async () => {
  directory = await temporaryDirectory();
  await mkdir(`${directory.path}/assets`);
  await writeFile(`${directory.path}/index.html`, "<!doctype html><title>Pluvia</title>");
  await writeFile(`${directory.path}/assets/main-abc.js`, script);
  await writeFile(`${directory.path}/assets/main-abc.js.gz`, gzipSync(script));
  await writeFile(`${directory.path}/.sources`, "hash");
  const pages = await consolePages(directory.path);
  server = createServer((request, response) => void pages.handle(request, response)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await directory.remove();
});

test.each(["/", "/login", "/applications/app_1/components?x=1"])("the path of a page answers the console: %s", async (path) => {
  const answer = await fetch(url + path);
  expect([answer.status, answer.headers.get("content-type"), answer.headers.get("cache-control")]).toEqual([
    200,
    "text/html; charset=utf-8",
    "no-cache",
  ]);
  expect(await answer.text()).toContain("Pluvia");
});
test("no page can be framed, run foreign scripts, or be taken for another type", async () => {
  const { headers } = await fetch(url);
  expect(headers.get("content-security-policy")).toMatch(/script-src 'self';.*frame-ancestors 'none'/);
  expect([headers.get("x-content-type-options"), headers.get("x-frame-options")]).toEqual(["nosniff", "DENY"]);
});
test("a hashed file is kept for good, and is sent compressed to those who take it", async () => {
  const plain = await fetch(`${url}/assets/main-abc.js`, { headers: { "accept-encoding": "identity" } });
  expect([plain.headers.get("cache-control"), plain.headers.get("content-encoding"), await plain.text()]).toEqual([
    "public, max-age=31536000, immutable",
    null,
    script,
  ]);
  const packed = await fetch(`${url}/assets/main-abc.js`, { headers: { "accept-encoding": "gzip" } });
  expect([packed.headers.get("content-encoding"), await packed.text()]).toEqual(["gzip", script]);
  const refused = await fetch(`${url}/assets/main-abc.js`, { headers: { "accept-encoding": "gzip;q=0" } });
  expect(refused.headers.get("content-encoding")).toBeNull();
});
test("what has not changed is not sent again", async () => {
  const etag = (await fetch(url)).headers.get("etag") ?? "";
  expect((await fetch(url, { headers: { "if-none-match": etag } })).status).toBe(304);
});
test.each(["/assets/gone.js", "/.sources", "/../package.json", "/assets/main-abc.js.gz", "/%2e%2e/%2e%2e/etc/passwd.txt"])(
  "what is no file of the console is not there: %s",
  async (path) => {
    expect((await fetch(url + path)).status).toBe(404);
  },
);
test("only reading is answered", async () => {
  expect((await fetch(url, { method: "POST" })).status).toBe(405);
});
