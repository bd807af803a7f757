import { beforeEach, describe, expect, test } from "@jest/globals";
import { ErrorBody } from "../../shared/contract/error-body.ts";
import { eventOf, type Got } from "../support/api.ts";
import { startWorld, type World } from "../support/components.ts";

let world: World;
let ask: World["ask"];
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
});
const errorOf = (got: Got<unknown>) => ErrorBody.parse(got.body).error;
const create = (how: object) => ask("applicationCreate", how);
const names = async () => (await ask("applicationList")).body.items.map(({ name }) => name);
/** As the front hands on what is no text. */
const sendBytes = (bytes: Buffer, type = "application/json") => {
  const path = { method: "post", path: "/v1/applications" } as const;
  const event = eventOf(path, { as: world.ada.token, team: world.ada.team, headers: { "content-type": type } });
  return world.api.send({ ...event, body: bytes.toString("base64"), isBase64Encoded: true });
};

describe("A8: what could be read in two ways is refused", () => {
  test("a field that is there twice, wherever it is", async () => {
    const { id } = await world.create();
    const text = `{"configuration":{"replicas":2,"ports":[{"port":80},{"port":81,"protocol":"http","p\\u006frt":82}]},"name":"a","name":"b"}`;
    const got = await ask("componentUpdate", { params: { component: id }, text });
    expect(got.status).toBe(400);
    expect(errorOf(got).fields.filter(({ rule }) => rule === "repeated_field")).toEqual([
      { path: "configuration.ports.1.port", message: "is there twice", rule: "repeated_field" },
      { path: "name", message: "is there twice", rule: "repeated_field" },
    ]);
  });
  test("a query parameter that is there twice", async () => {
    const event = eventOf({ method: "get", path: "/v1/audit-entries" }, { as: world.ada.token, query: { subject: "a,b" } });
    const got = await world.api.send({ ...event, rawQueryString: "subject=a&subject=b" });
    expect([got.status, errorOf(got).fields]).toEqual([
      400,
      [{ path: "subject", message: "is there twice", rule: "repeated_field" }],
    ]);
    expect((await world.api.send(event)).status).toBe(200);
  });
  test("text that is no UTF-8, whether in its bytes or by half a character", async () => {
    const broken = Buffer.concat([Buffer.from('{"name":"docs","description":"caf'), Buffer.from([0xe9]), Buffer.from('"}')]);
    for (const got of [
      await sendBytes(broken),
      await create({ text: '{"name":"docs","description":"\\ud83d"}' }),
      await create({ text: '{"name":"docs","description":"\\\\\\udE00\\ud83d"}' }),
    ])
      expect([got.status, errorOf(got).reason]).toEqual([400, "body.characters"]);
    expect(await names()).toEqual(["shop"]);
    expect((await create({ text: '{"name":"docs","description":"\\ud83d\\uDE00 \\\\ud83d"}' })).body.description).toBe(
      "😀 \\ud83d",
    );
  });
  test("a body in another encoding than plain UTF-8", async () => {
    const body = { name: "docs" };
    const said = async (headers: object) => errorOf(await create({ body, headers }));
    expect(await said({ "content-encoding": "gzip" })).toMatchObject({ reason: "body.encoding", params: { encoding: "gzip" } });
    expect(await said({ "content-type": "application/json; charset=ISO-8859-1" })).toMatchObject({
      reason: "body.encoding",
      params: { encoding: "ISO-8859-1" },
    });
    expect(await names()).toEqual(["shop"]);
    for (const [at, headers] of [
      { "content-encoding": "identity" },
      { "content-type": 'application/json; charset="UTF-8"' },
      { "content-type": "application/json;charset=utf8" },
    ].entries())
      expect((await create({ body: { name: `docs-${at}` }, headers })).status).toBe(201);
  });
  test("a precondition that would not be looked at", async () => {
    const params = { application: world.application };
    for (const headers of [{ "if-match": '"1"' }, { "if-unmodified-since": "Sun, 29 Nov 2026 15:00:00 GMT" }]) {
      const got = await ask("applicationUpdate", { params, body: { description: "x" }, headers });
      expect([got.status, errorOf(got).reason]).toEqual([400, "precondition.unread"]);
    }
    expect((await ask("applicationView", { params })).body.description).toBe("");
    expect((await ask("applicationView", { params, headers: { "if-match": '"1"' } })).status).toBe(200);
  });
});

test("what can be read in one way is taken: a byte order mark, spaces, escapes, the same name in several objects", async () => {
  const mark = Buffer.from('\ufeff { "name" : "docs" , "description":"\\u0041" }\n');
  expect(await sendBytes(mark)).toMatchObject({ status: 201, body: { name: "docs", description: "A" } });
  const { id } = await world.create();
  const port = { port: 80, protocol: "http", internal: true, external: true };
  const body = { configuration: { ports: [port, { ...port, port: 81 }] } };
  expect((await ask("componentUpdate", { params: { component: id }, body })).status).toBe(200);
});

test("hostile bodies of 1 MiB are refused with a few problems, not with all", async () => {
  const many = (entry: (n: number) => string, count: number) => Array.from({ length: count }, (_, n) => entry(n)).join(",");
  const { id } = await world.create();
  const set = (entries: string) => ask("variableUpdate", { params: { component: id }, text: `{"set":{${entries}}}` });
  for (const got of [
    await set(many(() => '"A":1', 100_000)),
    await set(many((n) => `"${n}":{"kind":1}`, 40_000)),
    await set(many((n) => `"A${n}":{"k":1}`, 40_000)),
    await set(`"A":${"[".repeat(400_000)}${"]".repeat(400_000)}`),
    await set(`"A":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`),
    await set(`"${"x".repeat(1_000_000)}":1`),
  ]) {
    expect(got.status).toBe(400);
    expect(errorOf(got).fields.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(got.body).length).toBeLessThan(30_000);
  }
});

describe("A8: a path that there is not", () => {
  const sendTo = (method: "get" | "put", path: string) =>
    world.api.send({ ...eventOf({ method, path }, { as: world.ada.token }), routeKey: "$default" });
  test("405: another method than the path takes names those that it does", async () => {
    const got = await sendTo("put", "/v1/team");
    expect([got.status, got.headers["allow"]]).toEqual([405, "GET, HEAD, PATCH"]);
    expect(errorOf(got)).toMatchObject({
      reason: "method.unknown",
      params: { method: "PUT", path: "/v1/team", allow: "GET, HEAD, PATCH" },
      next: "This path takes GET, HEAD, PATCH.",
    });
  });
  test("404: one with a slash too many, or a typo, names the one that was probably meant", async () => {
    for (const [path, meant] of [
      ["/v1/applications/", "/v1/applications"],
      ["/v1//components//cmp_0000000000000001/", "/v1/components/cmp_0000000000000001"],
      ["/v1/aplications", "/v1/applications"],
      ["//v1/session", "/v1/session"],
      ["/V1/Applications", "/v1/applications"],
      ["/v1/component/cmp_0000000000000001/deploy", "/v1/components/cmp_0000000000000001/deploy"],
    ] as const) {
      const got = await sendTo("get", path);
      expect([got.status, errorOf(got).reason, errorOf(got).next]).toEqual([
        404,
        "path.unknown",
        `Did you mean ${meant}? GET /v1/openapi.json lists all paths.`,
      ]);
    }
    for (const path of ["/v1/wings", "/v1", "/V1/"])
      expect(errorOf(await sendTo("get", path)).next).toMatch(/^Paths begin with \/v1\/health, /);
  });
});
