import { beforeEach, expect, test } from "@jest/globals";
import { isOverPayload } from "../../infra/local/faas/payload.ts";
import { startWorld, type World } from "../support/components.ts";

/** Components whose configuration nearly fills its record. */
let world: World;
let ask: World["ask"];
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
  const capabilities = [{ name: "files", available: true, message: "It can." }];
  await ask("agentReport", { as: await world.agent.bearer(), body: { version: 1, observations: [], capabilities } });
});
const filesOf = (content: string) => [{ path: "/etc/large", content, executable: false }];
const create = (name: string, content: string) => {
  const configuration = { files: filesOf(content), resources: { memoryMib: 16, cpuMillis: 10 } };
  return world.create({ name, source: { kind: "image", image: "x:1" }, configuration });
};
/** All items of a list, from as many pages as it takes; each must be an answer that a function may give. */
async function listed<T>(
  page: (query: Record<string, string>) => Promise<{ body: { items: readonly T[]; next?: string | undefined } }>,
) {
  const items: T[] = [];
  for (let next: string | undefined = "", asked = 0; next !== undefined; asked++) {
    const { body } = await page(next === "" ? {} : { page: next });
    expect([asked, isOverPayload({ body: JSON.stringify(body) })]).toEqual([asked, false]);
    items.push(...body.items);
    next = body.next;
  }
  return items;
}
const quotes = '"'.repeat(138_000);

test("C6: lists of large components and of their releases come in pages that are no larger than an answer may be", async () => {
  const made: string[] = [];
  for (let at = 0; at < 9; at++) made.push((await create(`c${at}`, quotes)).id);
  const component = String(made[0]);
  for (let at = 0; at < 9; at++) await ask("componentDeploy", { params: { component }, body: {} });
  const components = await listed((query) => ask("componentList", { query }));
  expect(components.map(({ id }) => id).toSorted()).toEqual(made.toSorted());
  const releases = await listed((query) => ask("releaseList", { params: { component }, query }));
  expect(releases.map(({ number }) => number)).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test("A9: what is large can be changed, and the audit log says by how much rather than keeping both", async () => {
  const { id: component, configuration } = await create("web", "a".repeat(250_000));
  const files = filesOf("b".repeat(260_000));
  const changed = await ask("componentUpdate", { params: { component }, body: { configuration: { ...configuration, files } } });
  expect(changed.status).toBe(200);
  const { items } = (await ask("auditList")).body;
  const { changes = [] } = items.find(({ operation }) => operation === "componentUpdate") ?? {};
  expect(changes).toEqual([{ path: "configuration.files", before: "(250055 bytes)", after: "(260055 bytes)" }]);
});

test("A9: the audit log comes in pages that are no larger than an answer may be", async () => {
  const { id: component } = await world.create({ source: { kind: "image", image: "x:1" } });
  const names = ["A", "B", "C", "D"];
  for (let at = 0; at < 40; at++) {
    const value = String.fromCharCode(97 + (at % 26)).repeat(30_000);
    const set = Object.fromEntries(names.map((name) => [name, { kind: "plain", value }]));
    expect((await ask("variableUpdate", { params: { component }, body: { set, unset: [] } })).status).toBe(200);
  }
  const entries = await listed((query) => ask("auditList", { query }));
  expect(entries.filter(({ operation }) => operation === "variableUpdate")).toHaveLength(40);
});

test("L1: a build's log comes in parts that are no larger than an answer may be, and does not end with the first", async () => {
  const { id: component } = await world.create();
  const { body } = await ask("componentDeploy", { params: { component }, body: {} });
  await world.work();
  const build = body.operation.build ?? "";
  const line = (sequence: number) => ({ sequence, at: "2026-01-01T00:00:00.000Z", stream: "out" as const, instance: null });
  const lines = Array.from({ length: 500 }, (_, at) => ({ ...line(at + 1), text: '"'.repeat(4_000) }));
  const failed = { state: "failed" as const, code: "step.failed", message: "It failed.", next: "Look.", logLine: null };
  for (let part = 0; part < 5; part++) {
    const told = { version: 1 as const, sequence: part + 1, lines: lines.slice(part * 100, part * 100 + 100) };
    expect((await world.reportBuild(build, part === 4 ? { ...told, result: failed } : told)).status).toBe(200);
  }
  const read: number[] = [];
  for (let ended = false; !ended; ) {
    const page = await ask("buildLogView", { params: { build }, query: { after: String(read.at(-1) ?? 0) } });
    expect(isOverPayload({ body: JSON.stringify(page.body) })).toBe(false);
    read.push(...page.body.lines.map(({ sequence }) => sequence));
    ({ ended } = page.body);
  }
  expect(read).toEqual(lines.map(({ sequence }) => sequence));
});

test("A8: variables and files that fit by themselves, and no release together, are refused before anything is built, told by component and sizes", async () => {
  const { id: component } = await create("web", "a".repeat(250_000));
  const set = Object.fromEntries(["A", "B", "C", "D"].map((name) => [name, { kind: "secret", value: "x".repeat(30_000) }]));
  const refused = {
    error: {
      code: "exhausted",
      reason: "release.too-large",
      message: expect.stringMatching(/^web is .*\/etc\/large 245 KiB.* encrypted, 157 KiB/),
    },
  };
  const edit = { params: { component }, body: { set, unset: [] } };
  expect((await ask("variableUpdate", edit)).body).toMatchObject(refused);
  expect((await ask("componentPlan", { params: { component }, body: { kind: "variables", set, unset: [] } })).body).toMatchObject(
    refused,
  );
  await ask("componentUpdate", { params: { component }, body: { configuration: { files: [] } } });
  expect((await ask("variableUpdate", edit)).status).toBe(200);
  const files = { configuration: { files: filesOf("a".repeat(250_000)) } };
  expect((await ask("componentUpdate", { params: { component }, body: files })).body).toMatchObject(refused);
});

test("A8: what an earlier version kept and fits no release is refused at the deploy, before its build, and in its plan", async () => {
  const { id: component, tenant } = await world.create({ name: "web" });
  const { table } = world.api.deps;
  const row = await table.get({ pk: `tenant#${tenant}`, sk: `component#${component}` });
  if (!row) throw new Error("the component's record is not there");
  const { configuration } = row.value as { configuration: object };
  const value = {
    ...row.value,
    configuration: {
      ...configuration,
      files: [...filesOf("a".repeat(250_000)), { path: "/etc/more", content: "a".repeat(40_000), executable: false }],
    },
  };
  await table.transact([{ kind: "put", row: { ...row, value } }]);
  const refused = { error: { reason: "release.too-large", params: { component: "web", own: 284, ownMax: 272 } } };
  expect((await ask("componentPlan", { params: { component }, body: { kind: "deploy" } })).body).toMatchObject(refused);
  expect((await ask("componentDeploy", { params: { component }, body: {} })).body).toMatchObject(refused);
  expect((await ask("buildList", { params: { component } })).body.items).toEqual([]);
});

test("A5: the answer to the largest change there may be is kept, and a repeat gets it", async () => {
  const { id: component } = await create("web", "");
  const body = { configuration: { files: filesOf('"'.repeat(138_000)) } };
  const headers = { "idempotency-key": "large" };
  const first = await ask("componentUpdate", { params: { component }, body, headers });
  expect(first.status).toBe(200);
  expect(await ask("componentUpdate", { params: { component }, body, headers })).toMatchObject({ status: 200, body: first.body });
});
