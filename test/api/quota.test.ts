import type { Context, ScheduledEvent } from "aws-lambda";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { QuotaName } from "../../shared/contract/quota.ts";
import type { TenantId } from "../../shared/contract/id.ts";
import { setLimits } from "../../shared/control/set-limits.ts";
import { defaultQuota } from "../../shared/domain/quota.ts";
import type { Got } from "../support/api.ts";
import { startWorld, type World } from "../support/components.ts";
import { registerAgent } from "../support/data-center.ts";
import { sweepStorage } from "../support/functions.ts";
import { invite, newKey, signUp } from "../support/people.ts";

let world: World;
let ask: World["ask"];
beforeEach(async () => {
  world = await startWorld();
  ({ ask } = world);
});

const limit = (changes: Parameters<typeof setLimits>[2]) => setLimits(world.api.deps, world.ada.team as TenantId, changes);
const use = async (name: QuotaName) => (await ask("quotaView")).body.items.find((item) => item.name === name);
const source = { kind: "git", url: "https://example.org/shop.git" };
const create = (name: string, configuration: object = {}) =>
  ask("componentCreate", { params: { application: world.application }, body: { name, source, configuration } });

/** All at once, with time going on for those that have to try again. */
async function atOnce<B>(asks: readonly (() => Promise<Got<B>>)[]): Promise<number[]> {
  let open = true;
  const answers = Promise.all(asks.map((one) => one())).finally(() => {
    open = false;
  });
  while (open) await world.api.deps.clock.advance(200);
  return (await answers).map(({ status }) => status).sort();
}

describe("R1: a team's limits", () => {
  test("are told with what is used of each", async () => {
    await world.create({ configuration: { replicas: 2, resources: { memoryMib: 100, cpuMillis: 100 } } });
    expect(await use("components")).toEqual({ name: "components", limit: defaultQuota.components, used: 1, own: false });
    expect(await use("instances")).toMatchObject({ used: 2 });
    expect(await use("memoryMib")).toMatchObject({ used: 200 });
    expect(await use("members")).toMatchObject({ used: 1 });
    expect(await use("requestsPerSecond")).toMatchObject({ used: null });
    expect((await ask("quotaView")).body.items.map(({ name }) => name)).toEqual(Object.keys(defaultQuota));
  });
  test("are an operator's to set for one team, which its audit log tells, and to give back", async () => {
    await limit({ components: 1, keys: 7 });
    expect(await use("components")).toMatchObject({ limit: 1, own: true });
    expect((await create("one")).status).toBe(201);
    expect((await create("two")).status).toBe(507);
    const other = await signUp(world.api, "bob@example.org");
    expect((await world.api.ask("quotaView", { as: other.token })).body.items.every(({ own }) => !own)).toBe(true);
    await limit({ components: null });
    expect(await use("components")).toMatchObject({ limit: defaultQuota.components, own: false });
    expect(await use("keys")).toMatchObject({ limit: 7, own: true });
    expect((await create("two")).status).toBe(201);
    const { items } = (await ask("auditList")).body;
    expect(items.find((entry) => entry.operation === "limitsSet")).toMatchObject({
      actor: { kind: "system" },
      changes: [{ path: "limits.components", before: 1, after: null }],
    });
  });
  test("are told to each data center, however many components another has", async () => {
    const { body } = await ask("dataCenterCreate", { body: { name: "east" } });
    const east = await registerAgent(world.api, body.join.token, "kubernetes");
    const small = { resources: { memoryMib: 16, cpuMillis: 10 } };
    const deployed = async (name: string, dataCenter: string) => {
      const { id } = await world.create({ name, dataCenter, source: { kind: "image", image: "x:1" }, configuration: small });
      await ask("componentDeploy", { params: { component: id }, body: {} });
      return id;
    };
    for (let at = 0; at < 90; at++) await deployed(`c${at}`, world.agent.dataCenter);
    const far = await deployed("far", east.dataCenter);
    await limit({ logMibPerDay: 7 });
    await world.work();
    expect((await east.workload(far)).limits).toMatchObject({ logMibPerDay: 7 });
  });
  test("404: no team, no limits", async () => {
    await expect(setLimits(world.api.deps, "tnt_0000000000000000" as TenantId, { keys: 1 })).rejects.toMatchObject({
      code: "not_found",
    });
  });
});

describe("R1: 507 names the limit, the use and the shortfall, and says what to do", () => {
  const refusals: readonly (readonly [QuotaName, (w: World) => Promise<Got<unknown>>])[] = [
    ["applications", () => ask("applicationCreate", { body: { name: "second" } })],
    ["components", () => create("second")],
    ["instances", () => create("second")],
    ["memoryMib", () => create("second")],
    ["members", () => ask("invitationCreate", { body: { email: "bob@example.org", role: "viewer" } })],
    ["keys", () => ask("keyCreate", { body: { name: "ci" } })],
    ["dataCenters", () => ask("dataCenterCreate", { body: { name: "east" } })],
    ["checksAtOnce", () => ask("checkCreate", { body: { source } })],
  ];
  test.each(refusals)("%s", async (name, act) => {
    await world.create();
    if (name === "checksAtOnce") expect((await act(world)).status).toBe(202);
    const used = Number((await use(name))?.used);
    await limit({ [name]: used });
    const got = await act(world);
    expect(got.status).toBe(507);
    expect(got.body).toMatchObject({
      error: {
        code: "exhausted",
        reason: `quota.${name}`,
        params: { limit: used, used, wanted: expect.any(Number), over: expect.any(Number) },
        next: expect.stringContaining("ask the platform's operator for a higher limit"),
      },
    });
  });
  test("componentsPerApplication", async () => {
    await world.create();
    await limit({ componentsPerApplication: 1 });
    expect((await create("second")).body).toMatchObject({ error: { reason: "quota.componentsPerApplication" } });
  });
});

describe("R1: of two that are asked for at once at the limit only one is made", () => {
  const cases: readonly (readonly [QuotaName, (at: number) => Promise<Got<unknown>>])[] = [
    ["applications", (at) => ask("applicationCreate", { body: { name: `a${at}` } })],
    ["components", (at) => create(`c${at}`)],
    ["keys", (at) => ask("keyCreate", { body: { name: `k${at}` } })],
    ["dataCenters", (at) => ask("dataCenterCreate", { body: { name: `d${at}` } })],
    ["members", (at) => ask("invitationCreate", { body: { email: `p${at}@example.org`, role: "viewer" } })],
    ["checksAtOnce", () => ask("checkCreate", { body: { source } })],
  ];
  test.each(cases)("%s", async (name, act) => {
    const before = Number((await use(name))?.used);
    await limit({ [name]: before + 3 });
    const statuses = await atOnce(Array.from({ length: 8 }, (_, at) => () => act(at)));
    const made = name === "checksAtOnce" ? 202 : 201;
    expect(statuses).toEqual([...Array(3).fill(made), ...Array(5).fill(507)]);
    expect((await use(name))?.used).toBe(before + 3);
  });
  test("members: invitations accepted at once", async () => {
    const invited = async (email: string) => {
      const { token: as } = await signUp(world.api, email);
      const token = await invite(world.api, world.ada, { email, role: "viewer" });
      return () => world.api.ask("invitationAccept", { as, params: { token } });
    };
    const accepts = [await invited("bob@example.org"), await invited("eve@example.org")];
    await limit({ members: 2 });
    expect(await atOnce(accepts)).toEqual([201, 507]);
  });
  test("instances: two components scaled at once", async () => {
    const ids = [];
    for (const name of ["a", "b"]) {
      const { id } = await world.create({ name });
      await world.deployed(id);
      ids.push(id);
    }
    await limit({ instances: 5 });
    const scale = (component: string) => () => ask("componentScale", { params: { component }, body: { replicas: 4 } });
    expect(await atOnce(ids.map(scale))).toEqual([202, 507]);
  });
});

test("R1: under a limit that was lowered below what is used, one may still take less", async () => {
  const { id } = await world.create();
  await world.deployed(id);
  await ask("componentScale", { params: { component: id }, body: { replicas: 6 } });
  await limit({ instances: 2 });
  expect((await ask("componentScale", { params: { component: id }, body: { replicas: 7 } })).status).toBe(507);
  expect((await ask("componentScale", { params: { component: id }, body: { replicas: 5 } })).status).toBe(202);
});

test("R1: what a team keeps of uploads is limited, and has room again a day after nothing needs it", async () => {
  const sizeBytes = 1_024 ** 3;
  const body = (at: number) => ({ fileName: "app.zip", sizeBytes, digest: `sha256:${String(at).padStart(64, "0")}` });
  for (let at = 0; at < 100; at++) expect((await ask("uploadCreate", { body: body(at) })).status).toBe(201);
  const refused = await ask("uploadCreate", { body: body(100) });
  expect([refused.status, refused.body]).toMatchObject([507, { error: { reason: "uploads.too-large" } }]);
  await world.api.deps.clock.advance(25 * 3_600_000);
  await sweepStorage({} as ScheduledEvent, {} as Context);
  expect((await ask("uploadCreate", { body: body(100) })).status).toBe(201);
});

test("R1: an edit that takes less gives nothing back before it is released", async () => {
  const resources = { memoryMib: 64, cpuMillis: 10 };
  const { id: component } = await world.create({ configuration: { replicas: 6, resources } });
  await world.deployed(component);
  await limit({ instances: 6 });
  const edit = { configuration: { replicas: 1, resources: { ...resources, memoryMib: 16 } } };
  expect((await ask("componentUpdate", { params: { component }, body: edit })).status).toBe(200);
  expect([await use("instances"), await use("memoryMib")]).toMatchObject([{ used: 6 }, { used: 6 * 64 }]);
  expect((await create("second")).status).toBe(507);
  await ask("componentConfigure", { params: { component } });
  expect([await use("instances"), await use("memoryMib")]).toMatchObject([{ used: 1 }, { used: 16 }]);
  expect((await create("second")).status).toBe(201);
});

test("R1: living API keys are counted behind any number of revoked ones", async () => {
  const { table } = world.api.deps;
  const { id } = await newKey(world.api, world.ada);
  const kept = await table.get({ pk: `tenant#${world.ada.team}`, sk: `key#${id}` });
  if (!kept) throw new Error("there is no key");
  const dead = { ...kept.value, revokedAt: world.api.deps.clock.now().toISOString() };
  for (let at = 0; at < 11_000; at += 100) {
    const ids = Array.from({ length: 100 }, (_, more) => `key_${String(at + more).padStart(16, "0")}`);
    const rows = ids.map((each) => ({ ...kept, sk: `key#${each}`, generation: 1, value: { ...dead, id: each } }));
    await table.transact(rows.map((row) => ({ kind: "put", row })));
  }
  await limit({ keys: 1 });
  expect(await use("keys")).toMatchObject({ used: 1 });
  expect((await ask("keyCreate", { body: { name: "one more" } })).status).toBe(507);
});

test("R1: going back to a release that takes more counts as taking more", async () => {
  const { id } = await world.create({ configuration: { replicas: 4 } });
  await world.deployed(id);
  const first = (await ask("releaseList", { params: { component: id } })).body.items[0]?.id ?? "";
  await ask("componentUpdate", { params: { component: id }, body: { configuration: { replicas: 1 } } });
  await world.deployed(id, "2");
  await limit({ instances: 3 });
  expect((await ask("componentRollback", { params: { component: id }, body: { release: first } })).status).toBe(507);
  const body = { kind: "rollback", release: first };
  expect((await ask("componentPlan", { params: { component: id }, body })).status).toBe(507);
});

test("W3: a data center is told a team's own limits, and of others when an operator sets them, while nothing is asked of anyone", async () => {
  const { id } = await world.create();
  await world.deployed(id);
  const { quota } = world.api.deps;
  const before = await world.agent.workload(id);
  expect(before.limits).toMatchObject({
    instances: quota.instances,
    memoryMib: quota.memoryMib,
    logMibPerDay: quota.logMibPerDay,
  });
  await limit({ instances: 7, logMibPerDay: 3 });
  await world.work();
  const after = await world.agent.workload(id);
  expect(after.limits).toMatchObject({ instances: 7, memoryMib: quota.memoryMib, logMibPerDay: 3 });
  expect(after.limits?.generation).toBeGreaterThan(before.limits?.generation ?? Number.POSITIVE_INFINITY);
  expect([after.release, after.restart, after.generation]).toEqual([before.release, before.restart, before.generation + 1]);
  await limit({ instances: 7 });
  await world.work();
  expect((await world.agent.workload(id)).generation).toBe(after.generation);
  expect((await ask("operationList", { query: { component: id } })).body.items).toHaveLength(1);
});
