import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { symlinkSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { writeFiles } from "../support/git-server.ts";
import { temporaryDirectory } from "../temporary-directory.ts";

const program = join(import.meta.dirname, "../../edge-agents/builder/static-server.mjs");

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends the path as it is: clients that tidy it would hide what is tested. */
const get = async (port: number, path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> => {
  const asked = request({ port, path, headers, method });
  asked.end();
  const [response] = await once(asked, "response");
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
};

const start = async (folder: string): Promise<{ port: number; child: ChildProcess }> => {
  const child = spawn(process.execPath, [program], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout ?? child, "data");
  return { port: Number(/port (\d+)/.exec(String(line))?.[1]), child };
};

describe("The static server", () => {
  let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
  let port: number;
  let child: ChildProcess;
  beforeAll(async () => {
    temporary = await temporaryDirectory();
    writeFiles(temporary.path, {
      "secret.txt": "secret",
      "app/index.html": "first",
      "app/a b.txt": "0123456789",
      "app/docs/index.html": "docs",
      "app/about.html": "about",
      "app/404.html": "not here",
      "app/.env": "KEY=1",
      "app/.well-known/x.txt": "known",
      "app/assets/app.abcdef12.js": "js",
      "app/empty.txt": "",
    });
    symlinkSync("../secret.txt", join(temporary.path, "app", "leak.txt"));
    ({ port, child } = await start(join(temporary.path, "app")));
  });
  afterAll(async () => {
    child.kill();
    await temporary.remove();
  });

  test.each([
    ["/", 200, "first"],
    ["/index.html", 200, "first"],
    ["/a%20b.txt", 200, "0123456789"],
    ["/docs/", 200, "docs"],
    ["/about", 200, "about"],
    ["/.well-known/x.txt", 200, "known"],
    ["/empty.txt", 200, ""],
    ["/none", 404, "not here"],
    ["/.env", 404, "not here"],
    ["/../secret.txt", 404, "not here"],
    ["/%2e%2e/secret.txt", 404, "not here"],
    ["/..%2fsecret.txt", 404, "not here"],
    ["/docs/../../secret.txt", 404, "not here"],
    ["/..%5csecret.txt", 404, "not here"],
    ["/leak.txt", 404, "not here"],
    ["/%00", 404, "not here"],
    ["//secret.txt", 404, "not here"],
  ])("%s answers %d %s", async (path, status, body) => expect(await get(port, path)).toMatchObject({ status, body }));

  test("a folder without its slash is sent to the one with it, and never to another host", async () => {
    expect(await get(port, "/docs?x=1")).toMatchObject({ status: 308, headers: { location: "/docs/?x=1" } });
    expect((await get(port, "//docs")).headers.location).toBe("/docs/");
  });
  test("an unchanged file is not sent again", async () => {
    const { headers } = await get(port, "/");
    expect(await get(port, "/", { "if-none-match": String(headers.etag) })).toMatchObject({ status: 304, body: "" });
  });
  test("parts of a file", async () => {
    expect(await get(port, "/a%20b.txt", { range: "bytes=2-4" })).toMatchObject({
      status: 206,
      body: "234",
      headers: { "content-range": "bytes 2-4/10" },
    });
    expect(await get(port, "/a%20b.txt", { range: "bytes=-3" })).toMatchObject({ status: 206, body: "789" });
    expect(await get(port, "/a%20b.txt", { range: "bytes=20-" })).toMatchObject({ status: 416 });
  });
  test("names with a hash in them are kept for good, others are asked for again", async () => {
    expect((await get(port, "/assets/app.abcdef12.js")).headers["cache-control"]).toContain("immutable");
    expect((await get(port, "/")).headers["cache-control"]).toBe("no-cache");
  });
  test("HEAD has no body, and nothing is changed through it", async () => {
    expect(await get(port, "/", {}, "HEAD")).toMatchObject({ status: 200, body: "", headers: { "content-length": "5" } });
    expect(await get(port, "/", {}, "DELETE")).toMatchObject({ status: 405 });
    expect(await get(port, "/%")).toMatchObject({ status: 400 });
  });
  test("one page answers every path of a single-page application, but no missing file", async () => {
    const folder = await temporaryDirectory();
    writeFiles(folder.path, { "static.json": '{"spa": true}', "index.html": "app" });
    const server = await start(folder.path);
    expect(await get(server.port, "/some/page")).toMatchObject({ status: 200, body: "app" });
    expect(await get(server.port, "/missing.js")).toMatchObject({ status: 404 });
    expect(await get(server.port, "/static.json")).toMatchObject({ status: 404 });
    server.child.kill();
    await once(server.child, "exit");
    expect(server.child.exitCode).toBe(0);
    await folder.remove();
  });
});
