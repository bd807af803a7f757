import { beforeEach, describe, expect, test } from "@jest/globals";
import { ErrorBody } from "../../shared/contract/error-body.ts";
import { operations } from "../../shared/contract/operations.ts";
import { type Api, eventOf, type Got, startApi } from "../support/api.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { type Signed, signUp } from "../support/people.ts";

let api: Api;
let ada: Signed;
beforeEach(async () => {
  api = await startApi();
  ada = await signUp(api, "ada@example.org");
});
const errorOf = (got: Got<unknown>) => ErrorBody.parse(got.body).error;
const rename = (how: object) => api.ask("tenantUpdate", { as: ada.token, ...how });

describe("A8: a refusal says what, why, what next, and how to find it in the logs", () => {
  test("400: each wrong field by its dotted path, in words", async () => {
    const got = await api.ask("keyCreate", {
      as: ada.token,
      body: { name: "", role: "boss", applications: ["x"], expiresInDays: 0.5 },
    });
    const limits = await api.ask("keyCreate", { as: ada.token, body: { name: "x".repeat(2_000), expiresInDays: 1e9 } });
    expect(errorOf(limits).fields.map((f) => f.message)).toEqual([
      expect.stringMatching(/^may be at most \d+ characters$/),
      expect.stringMatching(/^may be at most \d+$/),
    ]);
    expect(got.status).toBe(400);
    const error = errorOf(got);
    expect(error.fields.map((f) => f.path)).toEqual(["name", "role", "applications.0", "expiresInDays"]);
    for (const field of error.fields) expect(field.message).not.toMatch(/undefined|\[object/);
    expect(error.fields.map((f) => f.message).join()).not.toMatch(/Too (big|small)/);
    expect(error).toMatchObject({ code: "invalid", next: expect.stringMatching(/\.$/), request: got.headers["pluvia-request"] });
  });
  test("400: what is missing is told apart from what is of another kind, and neither in a validator's words", async () => {
    const wrong = async (body: object) => errorOf(await api.ask("keyCreate", { as: ada.token, body })).fields;
    expect(await wrong({})).toMatchObject([{ path: "name", rule: "missing", message: "is missing" }]);
    expect(await wrong({ name: 7, applications: "shop", expiresInDays: "x" })).toMatchObject([
      { path: "name", rule: "invalid_type", message: "must be text" },
      { path: "applications", rule: "invalid_type", message: "must be a list" },
      { path: "expiresInDays", rule: "invalid_type", message: "must be a number" },
    ]);
    expect(await wrong({ name: "x", role: "boss" })).toMatchObject([
      {
        path: "role",
        rule: "invalid_value",
        message: "must be one of owner, developer, viewer",
        params: { allowed: "owner, developer, viewer" },
      },
    ]);
    const limit = await api.ask("keyList", { as: ada.token, query: { limit: "many" } });
    expect(errorOf(limit).fields).toMatchObject([{ path: "limit", rule: "invalid_type", message: "must be a number" }]);
  });
  test("400: JSON that is broken is answered with the place", async () => {
    const got = await rename({ text: '{"name": "x",}' });
    expect(got.status).toBe(400);
    expect(errorOf(got).message).toContain("position 13 (line 1, column 14)");
  });
  test("400: a body that does not say it is JSON", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
      expect((await rename({ text: '{"name":"x"}', headers: { "content-type": type } })).status).toBe(400);
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      "Application/JSON",
      "application/merge-patch+json",
    ])
      expect((await rename({ text: '{"name":"x"}', headers: { "content-type": type } })).status).toBe(200);
  });
  test("400: a missing body, and one of another shape", async () => {
    for (const how of [{}, { text: "null" }, { text: "[]" }, { text: '"x"' }, { text: "7" }])
      expect((await rename(how)).status).toBe(400);
  });
  test("413: a body over 1 MiB, counted in bytes", async () => {
    expect((await rename({ text: JSON.stringify({ name: "é".repeat(524_289) }) })).status).toBe(413);
  });
  test("400: hostile JSON does no harm", async () => {
    for (const text of [
      "[".repeat(100_000),
      `{"__proto__":{"name":"x"}}`,
      '{"name":{"toString":1}}',
      '{"name":"\\ud800"}'.slice(0, -1),
    ])
      expect((await rename({ text })).status).toBe(400);
    expect(({} as { name?: string }).name).toBeUndefined();
  });
  test("404: an id of the wrong form, like one that does not exist", async () => {
    for (const user of [
      "x",
      "usr_",
      "usr_0000000000000000",
      "../../etc/passwd",
      "usr_0000000000000000\0",
      "tnt_0000000000000000",
    ])
      expect((await api.ask("memberRemove", { as: ada.token, params: { user } })).status).toBe(404);
  });
  test("400: a page token that is not ours, a limit out of range", async () => {
    expect((await api.ask("memberList", { as: ada.token, query: { limit: "201" } })).status).toBe(400);
    expect((await api.ask("memberList", { as: ada.token, query: { limit: "x" } })).status).toBe(400);
    expect((await api.ask("memberList", { as: ada.token, query: { page: "nonsense" } })).status).toBe(400);
  });
  test("400: a page token that was made up, is of another list, of another team, or of yesterday", async () => {
    await api.ask("keyCreate", { as: ada.token, body: { name: "k1" } });
    await api.ask("keyCreate", { as: ada.token, body: { name: "k2" } });
    const list = (page: string, name: "keyList" | "auditList" = "keyList", as = ada.token) =>
      api.ask(name, { as, query: { limit: "1", page } });
    const { next = "" } = (await api.ask("keyList", { as: ada.token, query: { limit: "1" } })).body;
    expect((await list(next)).status).toBe(200);
    const madeUp = Buffer.from(JSON.stringify(["key#key_1", `tenant#${ada.team}`, "key#key_1"])).toString("base64url");
    const eve = await signUp(api, "eve@example.org");
    const refused = [
      await list(madeUp),
      await list(`${next}x`),
      await list(next, "auditList"),
      await list(next, "keyList", eve.token),
    ];
    await api.deps.clock.advance(24 * 3_600_000 + 1_000);
    refused.push(await list(next));
    expect(refused.map(errorOf).map(({ reason }) => reason)).toEqual(Array(5).fill("page.token"));
    expect(refused.map(({ status }) => status)).toEqual(Array(5).fill(400));
  });
  test("404: an unknown path names the roots", async () => {
    const unknown = await api.send({ ...eventOf({ method: "get", path: "/v1/nothing" }, {}), routeKey: "$default" });
    expect(unknown.status).toBe(404);
    expect(errorOf(unknown).next).toContain("/v1/components");
  });
  test("200: HEAD is answered by what answers GET", async () => {
    const event = eventOf({ method: "get", path: "/v1/health" }, {});
    const [head, got] = [await api.send({ ...event, routeKey: "HEAD /v1/health" }), await api.send(event)];
    expect([head.status, head.headers["content-type"]]).toEqual([got.status, got.headers["content-type"]]);
    expect(got.status).toBe(200);
  });
  test("204: OPTIONS tells the methods and allows no other origin", async () => {
    const event = eventOf({ method: "get", path: "/v1/team" }, {});
    const got = await api.send({
      ...event,
      routeKey: "$default",
      requestContext: { ...event.requestContext, http: { ...event.requestContext.http, method: "OPTIONS" } },
    });
    expect([got.status, got.headers["allow"]]).toEqual([204, "GET, HEAD, PATCH"]);
    expect(Object.keys(got.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
  test("401 says how to authenticate", async () => {
    expect((await api.ask("tenantView")).headers["www-authenticate"]).toBe("Bearer");
  });
});

describe("our own failures", () => {
  test("500: the answer tells nothing of the cause, the log tells all of it, both have the request id", async () => {
    const broken = { ...api.deps.table, query: () => Promise.reject(new Error("canary-cause")) };
    api = await startApi({ ...api.deps, table: broken });
    const got = await api.ask("memberList", { as: ada.token, team: ada.team });
    expect(got.status).toBe(500);
    expect(JSON.stringify(got)).not.toContain("canary");
    const { logged } = api.deps;
    const entry = logged.find((l) => l.level === "error");
    expect(entry?.fields).toMatchObject({ request: got.headers["pluvia-request"], operation: "memberList" });
    expect(String((entry?.fields as { error?: Error } | undefined)?.error)).toContain("canary-cause");
  });
  test("500: a stored record of an unknown shape fails where it is read", async () => {
    const rows = (api.deps.table as unknown as { rows: Map<string, { sk: string; value: object }> }).rows;
    const [key, row] = [...rows].find(([, r]) => r.sk === "tenant") ?? [];
    rows.set(key ?? "", { ...row, sk: "tenant", value: { id: "?" } });
    expect((await api.ask("tenantView", { as: ada.token })).status).toBe(500);
  });
});

test("429: a client that runs away is held, and told for how long; others are not", async () => {
  const deps = memoryDeps();
  api = await startApi({ ...deps, settings: { ...deps.settings, requests: { perSecond: 10, burst: 20 } } });
  ada = await signUp(api, "ada@example.org");
  const bob = await signUp(api, "bob@example.org");
  for (let i = 0; i < 20; i++) expect((await api.ask("tenantView", { as: ada.token })).status).toBe(200);
  const held = await api.ask("tenantView", { as: ada.token });
  expect([held.status, held.headers["retry-after"]]).toEqual([429, "1"]);
  expect((await api.ask("tenantView", { as: bob.token })).status).toBe(200);
  await api.deps.clock.advance(1_000);
  expect((await api.ask("tenantView", { as: ada.token })).status).toBe(200);
});

test("every answer forbids caching, sniffing, framing and referring", async () => {
  for (const got of [await api.ask("healthView"), await api.ask("tenantView")])
    expect(got.headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      "content-type": "application/json; charset=utf-8",
    });
});

test("the document of the API is answered to everyone", async () => {
  const got = await api.ask("openapiView");
  expect(got.status).toBe(200);
  expect(Object.keys(got.body["paths"] as object).length).toBe(new Set(Object.values(operations).map((o) => o.path)).size);
});
