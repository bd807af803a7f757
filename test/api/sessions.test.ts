import { beforeEach, describe, expect, test } from "@jest/globals";
import { argonPasswords } from "../../shared/adapters/argon-passwords.ts";
import { type Api, startApi } from "../support/api.ts";
import { invite, password, type Signed, signUp } from "../support/people.ts";

let api: Api;
let ada: Signed;
beforeEach(async () => {
  api = await startApi();
  ada = await signUp(api, "ada@example.org");
});
const login = (body: object, more = {}) => api.ask("sessionCreate", { body, ...more });

describe("signing up", () => {
  test("201: a person, a first team they own, and a session cookie that scripts cannot read", async () => {
    const got = await api.ask("userCreate", { body: { email: "Bob@Example.org", password, name: "Bob", team: "Bob's shop" } });
    expect(got.status).toBe(201);
    expect(got.body.user.email).toBe("bob@example.org");
    expect(got.body.teams).toMatchObject([{ name: "Bob's shop", role: "owner" }]);
    expect(got.cookies).toHaveLength(1);
    expect(got.cookies[0]).toMatch(/^pluvia_session=pluvia_session_[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/);
    expect(JSON.stringify(got.body)).not.toContain("pluvia_session_");
  });
  test("the cookie is only sent over TLS where the platform has it", async () => {
    api = await startApi({ ...api.deps, settings: { ...api.deps.settings, url: "https://pluvia.example" } });
    const [cookie = ""] = (await login({ email: ada.email, password })).cookies;
    expect(cookie).toContain("; Secure");
    const own = cookie.split(";")[0] ?? "";
    expect((await api.ask("sessionView", { cookie: own })).status).toBe(200);
    // A neighbour below the same domain can set any cookie but one with this prefix (RFC 6265bis).
    expect(own).toMatch(/^__Host-/);
    expect(cookie).not.toContain("Domain");
    expect((await api.ask("sessionView", { cookie: own.replace("__Host-", "") })).status).toBe(401);
  });
  test("409: one person per e-mail address, whatever its case; nothing of the second is kept", async () => {
    const got = await api.ask("userCreate", { body: { email: "ADA@example.org", password, name: "Other" } });
    expect(got.status).toBe(409);
    expect(got.body).toMatchObject({ error: { code: "conflict", message: expect.stringContaining("signed up") } });
    const dump = JSON.stringify([...(api.deps.table as unknown as { rows: Map<string, unknown> }).rows]);
    expect(dump).not.toContain('"Other"');
  });
  test("400: a short password is refused with the field's name", async () => {
    const got = await api.ask("userCreate", { body: { email: "x@example.org", password: "short", name: "X" } });
    expect(got.status).toBe(400);
    expect(got.body).toMatchObject({ error: { fields: [{ path: "password", message: "use at least 12 characters" }] } });
  });
  test("with an invitation one joins that team and no other", async () => {
    const token = await invite(api, ada, { email: "eve@example.org", role: "viewer" });
    const got = await api.ask("userCreate", { body: { email: "eve@example.org", password, name: "Eve", invitation: token } });
    expect(got.body.teams).toMatchObject([{ id: ada.team, role: "viewer" }]);
  });
  test("403: an invitation for another address, and nobody is made", async () => {
    const token = await invite(api, ada, { email: "eve@example.org", role: "viewer" });
    const body = { email: "mallory@example.org", password, name: "M", invitation: token };
    expect((await api.ask("userCreate", { body })).status).toBe(403);
    expect((await login({ email: "mallory@example.org", password })).status).toBe(401);
  });
});

describe("signing in", () => {
  test("201: a session with the person's teams", async () => {
    const got = await login({ email: "ADA@example.org", password });
    expect(got.status).toBe(201);
    expect(got.body.teams).toMatchObject([{ id: ada.team, role: "owner" }]);
    expect(got.body).not.toHaveProperty("token");
  });
  test("only a program that says so gets the token itself", async () => {
    const got = await login({ email: ada.email, password }, { headers: { "pluvia-client": "cli" } });
    expect(got.body.token).toMatch(/^pluvia_session_/);
    expect((await api.ask("sessionView", { as: got.body.token })).status).toBe(200);
  });
  test("401: an unknown address and a wrong password answer the same", async () => {
    const unknown = await login({ email: "nobody@example.org", password });
    const wrong = await login({ email: ada.email, password: "something else" });
    expect(unknown.status).toBe(401);
    const without = (got: { body: unknown }) => ({ ...(got.body as { error: object }).error, request: "" });
    expect(without(wrong)).toEqual(without(unknown));
    expect(wrong.cookies).toEqual([]);
  });
  test("429: guessing one account is stopped, from whatever address, and says for how long", async () => {
    for (let i = 0; i < 10; i++)
      expect((await login({ email: ada.email, password: `guess ${i}` }, { address: `198.51.100.${i}` })).status).toBe(401);
    const stopped = await login({ email: ada.email, password }, { address: "203.0.113.1" });
    expect(stopped.status).toBe(429);
    expect(Number(stopped.headers["retry-after"])).toBeGreaterThan(0);
    await api.deps.clock.advance(15 * 60_000);
    expect((await login({ email: ada.email, password })).status).toBe(201);
  });
  test("429: guesses made at once are all counted", async () => {
    const all = await Promise.all(Array.from({ length: 30 }, (_, i) => login({ email: ada.email, password: `guess ${i}` })));
    expect(all.filter((got) => got.status === 401)).toHaveLength(10);
    expect(all.filter((got) => got.status === 429)).toHaveLength(20);
  });
  test("429: trying many accounts from one address is stopped", async () => {
    for (let i = 0; i < 100; i++) await login({ email: `user${i}@example.org`, password });
    expect((await login({ email: ada.email, password })).status).toBe(429);
    expect((await login({ email: ada.email, password }, { address: "203.0.113.1" })).status).toBe(201);
  });
  test("429: from an IPv6 network, of which everyone has 2^64 addresses, as from one address", async () => {
    for (let i = 0; i < 100; i++)
      await login({ email: `user${i}@example.org`, password }, { address: `2001:db8:7:1::${i.toString(16)}` });
    expect((await login({ email: ada.email, password }, { address: "2001:db8:7:1:ffff::1" })).status).toBe(429);
    expect((await login({ email: ada.email, password }, { address: "2001:db8:7:2::1" })).status).toBe(201);
  });
  test("after the clock was set back nobody waits for more than the usual time", async () => {
    for (let i = 0; i < 11; i++) await login({ email: ada.email, password: `guess ${i}` });
    await api.deps.clock.advance(-3_600_000);
    expect((await login({ email: ada.email, password })).status).toBe(201);
  });
  test("signing in rightly does not use the allowance up", async () => {
    for (let i = 0; i < 120; i++) expect((await login({ email: ada.email, password })).status).toBe(201);
  });
});

describe("a session", () => {
  test("401: no session, a typo, an unknown one, one of another kind, a strange header", async () => {
    const other = await invite(api, ada, { email: "eve@example.org", role: "viewer" });
    const cases = [
      undefined,
      `${ada.token}x`,
      `${ada.token.slice(0, -9)}aaaaaaaaa`,
      "pluvia_session_",
      "nonsense",
      "a.b.c",
      other,
    ];
    for (const as of cases) expect((await api.ask("sessionView", { as })).status).toBe(401);
    expect((await api.ask("sessionView", { headers: { authorization: "Basic YTpi" } })).status).toBe(401);
  });
  test("200: by cookie or as bearer", async () => {
    expect((await api.ask("sessionView", { cookie: ada.cookie })).body.user.id).toBe(ada.user);
    expect((await api.ask("sessionView", { as: ada.token })).body.user.id).toBe(ada.user);
  });
  test("it ends after 30 days", async () => {
    await api.deps.clock.advance(30 * 86_400_000 - 1);
    expect((await api.ask("sessionView", { as: ada.token })).status).toBe(200);
    await api.deps.clock.advance(1);
    expect((await api.ask("sessionView", { as: ada.token })).status).toBe(401);
  });
  test("204: signing out ends it at once, for the cookie and the bearer alike", async () => {
    const out = await api.ask("sessionRemove", { cookie: ada.cookie, headers: { "pluvia-csrf": ada.csrf } });
    expect(out.status).toBe(204);
    expect(out.cookies[0]).toContain("Max-Age=0");
    expect((await api.ask("sessionView", { as: ada.token })).status).toBe(401);
  });
  test("a new password ends every other session and the old password", async () => {
    const other = await login({ email: ada.email, password }, { headers: { "pluvia-client": "cli" } });
    const changed = await api.ask("userUpdate", {
      as: ada.token,
      body: { password: "a new long password", currentPassword: password },
    });
    expect(changed.status).toBe(200);
    expect((await api.ask("sessionView", { as: other.body.token })).status).toBe(401);
    expect((await api.ask("sessionView", { as: ada.token })).status).toBe(200);
    expect((await login({ email: ada.email, password })).status).toBe(401);
    expect((await login({ email: ada.email, password: "a new long password" })).status).toBe(201);
  });
  test("400: a new password needs the current one, and guessing that is throttled", async () => {
    const change = (currentPassword: string) =>
      api.ask("userUpdate", { as: ada.token, body: { password: "a new long password", currentPassword } });
    for (let i = 0; i < 10; i++) expect((await change(`guess ${i}`)).status).toBe(400);
    expect((await change(password)).status).toBe(429);
  });
  test("a new name is seen by the team", async () => {
    await api.ask("userUpdate", { as: ada.token, body: { name: "Ada Lovelace" } });
    expect((await api.ask("memberList", { as: ada.token })).body.items).toMatchObject([{ name: "Ada Lovelace" }]);
  });
});

describe("calls by cookie prove that our own page makes them", () => {
  const rename = (headers: Record<string, string>) =>
    api.ask("tenantUpdate", { cookie: ada.cookie, body: { name: "New" }, headers });
  test("403: without the csrf token, with a wrong one, with another session's", async () => {
    const other = await login({ email: ada.email, password });
    for (const headers of [{}, { "pluvia-csrf": "x" }, { "pluvia-csrf": other.body.csrf }])
      expect((await rename(headers as Record<string, string>)).status).toBe(403);
  });
  test("403: from a page of another origin, even with the token", async () => {
    for (const origin of ["https://evil.example", "null", "http://localhost:9999"])
      expect((await rename({ "pluvia-csrf": ada.csrf, origin })).status).toBe(403);
  });
  test("200: with the token, from our origin or from none", async () => {
    expect((await rename({ "pluvia-csrf": ada.csrf })).status).toBe(200);
    expect((await rename({ "pluvia-csrf": ada.csrf, origin: "http://localhost:7070" })).status).toBe(200);
  });
  test("200: reading needs no token, a bearer needs none either", async () => {
    expect((await api.ask("tenantView", { cookie: ada.cookie })).status).toBe(200);
    expect((await api.ask("tenantUpdate", { as: ada.token, body: { name: "New" } })).status).toBe(200);
  });
  test("403: a foreign page cannot sign its visitors in", async () => {
    expect((await login({ email: ada.email, password }, { headers: { origin: "https://evil.example" } })).status).toBe(403);
  });
});

test("what is kept would not let a thief in: no token, no password, only hashes", async () => {
  const rows = JSON.stringify([...(api.deps.table as unknown as { rows: Map<string, unknown> }).rows]);
  expect(rows).not.toContain(ada.token);
  expect(rows).not.toContain(password);
  const hash = await argonPasswords().hash(password);
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});
