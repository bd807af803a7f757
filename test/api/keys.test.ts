import { beforeEach, describe, expect, test } from "@jest/globals";
import { type Api, startApi } from "../support/api.ts";
import { invite, newKey, type Signed, signUp, signUpMember } from "../support/people.ts";

let api: Api;
let ada: Signed;
beforeEach(async () => {
  api = await startApi();
  ada = await signUp(api, "ada@example.org");
});
const listed = async () => (await api.ask("keyList", { as: ada.token })).body.items;

describe("an API key", () => {
  test("201: it is shown once, recognizable, and kept as a hash", async () => {
    const { secret } = await newKey(api, ada, { name: "deploy from CI" });
    expect(secret).toMatch(/^pluvia_key_[\w-]{43}[0-9a-z]{7}$/);
    const [key] = await listed();
    expect(key).toMatchObject({ name: "deploy from CI", role: "developer", applications: null, createdBy: ada.user });
    expect(secret.startsWith(key?.hint.replace("…", "") ?? "?")).toBe(true);
    expect(JSON.stringify(key)).not.toContain(secret.slice(20, 40));
    expect(JSON.stringify([...(api.deps.table as unknown as { rows: Map<string, unknown> }).rows])).not.toContain(secret);
  });
  test("it acts for its own team, whatever the header says", async () => {
    const bob = await signUp(api, "bob@example.org");
    const { secret } = await newKey(api, ada);
    expect((await api.ask("tenantView", { as: secret, team: bob.team })).body.id).toBe(ada.team);
  });
  test("401: after its expiry, to the millisecond", async () => {
    const { secret } = await newKey(api, ada, { expiresInDays: 1 });
    await api.deps.clock.advance(86_400_000 - 1);
    expect((await api.ask("tenantView", { as: secret })).status).toBe(200);
    await api.deps.clock.advance(1);
    const got = await api.ask("tenantView", { as: secret });
    expect(got.status).toBe(401);
    expect(got.body).toMatchObject({ error: { message: expect.stringContaining("expired") } });
  });
  test("401: at once after it was revoked; the newer key of a rotation goes on", async () => {
    const old = await newKey(api, ada);
    const fresh = await newKey(api, ada);
    expect((await api.ask("keyRemove", { as: fresh.secret, params: { key: old.id } })).status).toBe(204);
    expect((await api.ask("tenantView", { as: old.secret })).status).toBe(401);
    expect((await api.ask("tenantView", { as: fresh.secret })).status).toBe(200);
    expect((await listed()).find((key) => key.id === old.id)?.revokedAt).not.toBeNull();
  });
  test("401: once its maker has left the team, also when they have come again", async () => {
    const dev = await signUpMember(api, ada, "developer");
    const key = await newKey(api, dev);
    const status = async (as: string) => (await api.ask("tenantView", { as })).status;
    expect(await status(key.secret)).toBe(200);
    await api.ask("memberRemove", { as: ada.token, params: { user: dev.user } });
    expect(await status(key.secret)).toBe(401);
    await api.deps.clock.advance(1);
    const token = await invite(api, ada, { email: dev.email, role: "developer" });
    await api.ask("invitationAccept", { as: dev.token, params: { token } });
    expect(await status(key.secret)).toBe(401);
    expect(await status((await newKey(api, dev)).secret)).toBe(200);
  });
  test("401: a typo is told apart from a dead key", async () => {
    const { secret } = await newKey(api, ada);
    const got = await api.ask("tenantView", { as: secret.replace(/.$/, (c) => (c === "a" ? "b" : "a")) });
    expect(got.status).toBe(401);
    expect(got.body).toMatchObject({ error: { message: expect.stringContaining("typo") } });
  });
  test("its last use is told to the minute, with at most one write a minute", async () => {
    const { secret } = await newKey(api, ada);
    const lastUsedAt = async () => (await listed())[0]?.lastUsedAt;
    expect(await lastUsedAt()).toBeNull();
    await api.ask("tenantView", { as: secret });
    const first = await lastUsedAt();
    expect(first).toBe(api.deps.clock.now().toISOString());
    await api.deps.clock.advance(59_000);
    await api.ask("tenantView", { as: secret });
    expect(await lastUsedAt()).toBe(first);
    await api.deps.clock.advance(1_000);
    await api.ask("tenantView", { as: secret });
    expect(await lastUsedAt()).toBe(api.deps.clock.now().toISOString());
  });
  test("403: no key has a higher role than who makes it, person or key", async () => {
    const dev = await signUpMember(api, ada, "developer");
    const asked = (as: string, role: string) => api.ask("keyCreate", { as, team: ada.team, body: { name: "k", role } });
    expect((await asked(dev.token, "owner")).status).toBe(403);
    expect((await asked(dev.token, "developer")).status).toBe(201);
    const { secret } = await newKey(api, ada, { role: "developer" });
    expect((await asked(secret, "owner")).status).toBe(403);
    expect((await asked(secret, "viewer")).status).toBe(201);
  });
  test("a key made by an expiring key does not outlive it", async () => {
    const { secret } = await newKey(api, ada, { expiresInDays: 2 });
    const child = await newKey(api, { ...ada, token: secret }, { expiresInDays: 30 });
    const [parentKey, childKey] = await listed();
    expect(childKey?.id).toBe(child.id);
    expect(childKey?.expiresAt).toBe(parentKey?.expiresAt);
  });
  test("403: a developer cannot revoke an owner's key", async () => {
    const dev = await signUpMember(api, ada, "developer");
    const { id } = await newKey(api, ada, { role: "owner" });
    expect((await api.ask("keyRemove", { as: dev.token, team: ada.team, params: { key: id } })).status).toBe(403);
  });
  test("400: limited to an application that the team does not have", async () => {
    const body = { name: "k", applications: ["app_zzzzzzzzzzzzzzzz"] };
    const got = await api.ask("keyCreate", { as: ada.token, body });
    expect(got.status).toBe(400);
    expect(got.body).toMatchObject({ error: { fields: [{ path: "applications.0" }] } });
  });
  test("403: what concerns a person is nothing for a key", async () => {
    const { secret } = await newKey(api, ada, { role: "owner" });
    expect((await api.ask("sessionView", { as: secret })).status).toBe(403);
    expect((await api.ask("tenantCreate", { as: secret, body: { name: "x" } })).status).toBe(403);
  });
});
