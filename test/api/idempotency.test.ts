import { beforeEach, expect, test } from "@jest/globals";
import { type Api, startApi } from "../support/api.ts";
import { newKey, type Signed, signUp } from "../support/people.ts";

let api: Api;
let ada: Signed;
beforeEach(async () => {
  api = await startApi();
  ada = await signUp(api, "ada@example.org");
});
const create = (key: string, name = "k", as = ada.token) =>
  api.ask("keyCreate", { as, team: ada.team, body: { name }, headers: { "idempotency-key": key } });
const keyCount = async () => (await api.ask("keyList", { as: ada.token })).body.items.length;

test("A5: the same request with the same key is done once and answered the same, secret included", async () => {
  const first = await create("a");
  const again = await create("a");
  expect(again.status).toBe(201);
  expect(again.body).toEqual(first.body);
  expect(first.headers["idempotency-replayed"]).toBeUndefined();
  expect(again.headers["idempotency-replayed"]).toBe("true");
  expect(await keyCount()).toBe(1);
});
test("A5: many at once are done once, and all get that answer", async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => create("a")));
  expect(new Set(all.map((got) => got.status))).toEqual(new Set([201]));
  expect(new Set(all.map((got) => got.body.secret)).size).toBe(1);
  expect(await keyCount()).toBe(1);
});
test("A5: 409 when the key comes with another request, whatever differs", async () => {
  await create("a");
  const other = await create("a", "another");
  expect(other.status).toBe(409);
  expect(other.body).toMatchObject({ error: { message: expect.stringContaining("another request") } });
  const headers = { "idempotency-key": "a" };
  expect((await api.ask("tenantUpdate", { as: ada.token, body: { name: "x" }, headers })).status).toBe(409);
});
test("A5: fields in another order are the same request", async () => {
  const headers = { "idempotency-key": "a" };
  await api.ask("keyCreate", { as: ada.token, body: { name: "k", role: "viewer" }, headers });
  expect((await api.ask("keyCreate", { as: ada.token, body: { role: "viewer", name: "k" }, headers })).status).toBe(201);
});
test("A5: a key is its sender's own", async () => {
  const robot = await newKey(api, ada);
  const first = await create("a");
  const second = await create("a", "k", robot.secret);
  expect(second.body.key.id).not.toBe(first.body.key.id);
});
test("A5: it is forgotten after 24 hours", async () => {
  await create("a");
  await api.deps.clock.advance(86_400_000);
  expect((await create("a", "another")).status).toBe(201);
  expect(await keyCount()).toBe(2);
});
test("A5: a request that failed may be repeated with its key", async () => {
  const headers = { "idempotency-key": "a" };
  const body = { role: "viewer" };
  expect((await api.ask("memberUpdate", { as: ada.token, params: { user: ada.user }, body, headers })).status).toBe(409);
  const bob = await signUp(api, "bob@example.org");
  const token = (await api.ask("invitationCreate", { as: ada.token, body: { email: bob.email, role: "owner" } })).body.token;
  await api.ask("invitationAccept", { as: bob.token, params: { token } });
  expect((await api.ask("memberUpdate", { as: ada.token, params: { user: ada.user }, body, headers })).status).toBe(200);
});
test("A5: what has no body in its answer is repeated too", async () => {
  const robot = await newKey(api, ada);
  const revoke = () => api.ask("keyRemove", { as: ada.token, params: { key: robot.id }, headers: { "idempotency-key": "r" } });
  expect((await revoke()).status).toBe(204);
  const again = await revoke();
  expect([again.status, again.headers["idempotency-replayed"]]).toEqual([204, "true"]);
});
test("A5: works for what a person does without a team", async () => {
  const headers = { "idempotency-key": "t" };
  const one = await api.ask("tenantCreate", { as: ada.token, body: { name: "Second" }, headers });
  const two = await api.ask("tenantCreate", { as: ada.token, body: { name: "Second" }, headers });
  expect(two.body.id).toBe(one.body.id);
});
test("A5: 400 for a key with spaces, control characters, or over 200 characters", async () => {
  for (const key of ["a b", "", "é", "x".repeat(201)]) expect((await create(key)).status).toBe(400);
  expect((await create("x".repeat(200))).status).toBe(201);
});
test("A5: what is kept is sealed: neither the answer nor a guessable hash of the request is there in the clear", async () => {
  const got = await create("a");
  const rows = [...(api.deps.table as unknown as { rows: Map<string, { sk: string; value: object }> }).rows.values()];
  expect(JSON.stringify(rows)).not.toContain(got.body.secret);
  const kept = rows.find((row) => row.sk.startsWith("idempotency#"));
  expect(Object.keys(kept?.value ?? {}).sort()).toEqual(["expiresAt", "generation", "pk", "sealed", "sk"]);
});
test("A5: an answer that a crash lost is not made up: the repeat is told to look for itself", async () => {
  const { secrets } = api.deps;
  const body = { name: "x" };
  const headers = { "idempotency-key": "a" };
  const ask = () => api.ask("tenantUpdate", { as: ada.token, body, headers });
  // As after a crash between the transaction of a use case whose result is not the answer, and the answer.
  const seal: typeof secrets.seal = (tenant, plain) =>
    secrets.seal(tenant, JSON.stringify({ ...JSON.parse(plain), answer: undefined }));
  const kept = await startApi({ ...api.deps, secrets: { ...secrets, seal } });
  expect((await kept.ask("tenantUpdate", { as: ada.token, body, headers })).status).toBe(200);
  api = await startApi(api.deps);
  const again = await ask();
  expect([again.status, JSON.stringify(again.body)]).toEqual([409, expect.stringContaining("answer was lost")]);
});
