import { createHash } from "node:crypto";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Context, ScheduledEvent } from "aws-lambda";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import { startWorld, type World } from "../support/components.ts";
import type { BlobWrite } from "../../shared/ports/blob-store.ts";
import { signUp } from "../support/people.ts";
import { sweepWatches as sweep } from "../support/functions.ts";

let world: World;
let ask: World["ask"];
let runner: MemoryBuildRunner;
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
  runner = world.api.deps.buildRunner as MemoryBuildRunner;
});
const source = { kind: "git", url: "https://example.org/shop.git" };
const start = async () => {
  const { body } = await ask("checkCreate", { body: { source, credential: { kind: "token", token: "canary" } } });
  await world.work();
  return body.id;
};
const view = async (check: string) => (await ask("checkView", { params: { check } })).body;
const report = (check: string, sequence: number, more: object) =>
  ask("buildReport", { as: runner.orders.at(-1)?.token, params: { build: check }, body: { version: 1, sequence, ...more } });
const proposal = {
  name: "shop",
  language: "node",
  alternatives: ["node"],
  summary: "Node 24 with npm",
  command: null,
  ports: [{ port: 3000, protocol: "http" }],
  variables: [],
  processes: {},
  commit: null,
  branches: ["main"],
  steps: [],
};

describe("a check", () => {
  test("C3: is ready with what was found", async () => {
    const check = await start();
    expect(runner.orders.at(-1)).toMatchObject({ mode: "check", id: check, component: null, credential: { token: "canary" } });
    await report(check, 1, { proposal, result: { state: "succeeded" } });
    expect(await view(check)).toMatchObject({ state: "ready", proposal: { summary: "Node 24 with npm" } });
    expect(JSON.stringify(await view(check))).not.toMatch(/canary|sealed/);
  });
  test("is blocked by a finding that blocks, and by a failure, which becomes one", async () => {
    const first = await start();
    const finding = { level: "blocks", code: "language.none", message: "No language was found." };
    await report(first, 1, { findings: [finding], proposal, result: { state: "succeeded" } });
    expect((await view(first)).state).toBe("blocked");
    const second = await start();
    const failed = {
      state: "failed",
      code: "repository.unreachable",
      message: "No such host.",
      next: "Check the address.",
      logLine: null,
    };
    await report(second, 1, { result: failed });
    expect(await view(second)).toMatchObject({
      state: "blocked",
      findings: [{ level: "blocks", code: "repository.unreachable", advice: "Check the address." }],
    });
  });
  test("whose builder is gone ends as blocked with the reason", async () => {
    const check = await start();
    runner.end(`memory:${check}`, "lost");
    await sweep({} as ScheduledEvent, {} as Context);
    expect(await view(check)).toMatchObject({ state: "blocked", findings: [{ code: "check.lost" }] });
  });
  test("400: an address that cannot be one is refused at once", async () => {
    const got = await ask("checkCreate", { body: { source: { kind: "git", url: "ext::sh -c id" } } });
    expect([got.status, got.body]).toMatchObject([400, { error: { fields: [{ path: "source.url" }] } }]);
  });
  test("404: another team's", async () => {
    const check = await start();
    const bob = await signUp(world.api, "bob@example.org");
    expect((await ask("checkView", { as: bob.token, team: bob.team, params: { check } })).status).toBe(404);
  });
});

describe("an upload", () => {
  const content = Buffer.from("hello");
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const create = async () => (await ask("uploadCreate", { body: { fileName: "shop.zip", sizeBytes: 5, digest } })).body;
  const send = (request: BlobWrite) => world.api.deps.blobs.fetch(request, content);
  const complete = (upload: string, as = world.ada) => ask("uploadComplete", { as: as.token, team: as.team, params: { upload } });
  test("is a source once its bytes have arrived", async () => {
    const { upload, ...request } = await create();
    expect(send(request).status).toBe(200);
    const early = await ask("checkCreate", { body: { source: { kind: "upload", upload } } });
    expect([early.status, early.body]).toMatchObject([400, { error: { fields: [{ path: "source.upload" }] } }]);
    expect(await complete(upload)).toMatchObject({ status: 200, body: { upload, digest } });
    expect((await complete(upload)).status).toBe(200);
    expect((await ask("checkCreate", { body: { source: { kind: "upload", upload } } })).status).toBe(202);
    await world.work();
    expect(runner.orders.at(-1)?.sourceUrl).toEqual(expect.any(String));
  });
  test("409: what never arrived, also when another team has it", async () => {
    const bob = await signUp(world.api, "bob@example.org");
    world.api.deps.blobs.keep(bob.team, "hello");
    const { upload } = await create();
    expect((await complete(upload)).status).toBe(409);
    expect((await complete(upload, bob)).status).toBe(404);
  });
  test("413: over the limit", async () => {
    const got = await ask("uploadCreate", { body: { fileName: "x.zip", sizeBytes: 2 ** 31, digest } });
    expect(got.status).toBe(413);
  });
});
