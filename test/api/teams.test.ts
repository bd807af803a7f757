import { beforeEach, describe, expect, test } from "@jest/globals";
import { wire } from "../../functions/_runtime/deps.ts";
import { type Api, startApi } from "../support/api.ts";
import { interruptedTable, keyIn } from "../support/interrupted-table.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { invite, newKey, password, type Signed, signUp, signUpMember } from "../support/people.ts";

let api: Api;
let ada: Signed;
beforeEach(async () => {
  api = await startApi();
  ada = await signUp(api, "ada@example.org");
});
const roles = async (): Promise<string[]> =>
  (await api.ask("memberList", { as: ada.token, team: ada.team })).body.items.map((m) => `${m.email} ${m.role}`);

describe("which team a call acts for", () => {
  test("the person's first team, unless the header names another of theirs", async () => {
    const second = await api.ask("tenantCreate", { as: ada.token, body: { name: "Second" } });
    expect(second.status).toBe(201);
    expect((await api.ask("tenantView", { as: ada.token })).body.id).toBe(ada.team);
    expect((await api.ask("tenantView", { as: ada.token, team: second.body.id })).body.name).toBe("Second");
    expect((await api.ask("sessionView", { as: ada.token })).body.teams).toHaveLength(2);
  });
  test("404: another's team, one that does not exist, and what is no team", async () => {
    const bob = await signUp(api, "bob@example.org");
    for (const team of [bob.team, "tnt_zzzzzzzzzzzzzzzz", "x", ""])
      expect((await api.ask("tenantView", { as: ada.token, team })).status).toBe(404);
  });
});

test("507: a person belongs to 40 teams at most, also when two are made at once", async () => {
  const deps = memoryDeps();
  const table = interruptedTable(deps.table);
  api = await startApi({ ...deps, table });
  ada = await signUp(api, "ada@example.org");
  const create = async () => (await api.ask("tenantCreate", { as: ada.token, body: { name: "more" } })).status;
  for (let at = 1; at < 39; at++) expect(await create()).toBe(201);
  table.before(
    (write) => keyIn(write) === "tenant",
    async () => expect(await create()).toBe(201),
  );
  expect(await create()).toBe(507);
  expect((await api.ask("sessionView", { as: ada.token })).body.teams).toHaveLength(40);
});

describe("invitations", () => {
  test("201 then 201: who was invited joins with that role, and the invitation is used up", async () => {
    const bob = await signUp(api, "bob@example.org");
    const token = await invite(api, ada, { email: "Bob@example.org", role: "developer" });
    const seen = await api.ask("invitationView", { params: { token } });
    expect(seen.body).toMatchObject({ team: "ada's team", email: "bob@example.org", role: "developer" });
    const accepted = await api.ask("invitationAccept", { as: bob.token, params: { token } });
    expect(accepted.status).toBe(201);
    expect(accepted.body.id).toBe(ada.team);
    expect(await roles()).toEqual(["ada@example.org owner", "bob@example.org developer"]);
    expect((await api.ask("invitationAccept", { as: bob.token, params: { token } })).status).toBe(404);
    expect((await api.ask("invitationView", { params: { token } })).status).toBe(404);
    expect((await api.ask("invitationList", { as: ada.token })).body.items).toEqual([]);
  });
  test("its link is mailed to who was invited, and a mail that fails is no failure", async () => {
    const token = await invite(api, ada, { email: "eve@example.org", role: "viewer" });
    expect(api.deps.notifier.sent.at(-1)).toMatchObject({
      to: "eve@example.org",
      text: expect.stringContaining(`http://localhost:7070/invite/${token}`),
    });
    const broken = { send: () => Promise.reject(new Error("no mail today")) };
    wire({ ...api.deps, notifier: broken });
    const got = await api.ask("invitationCreate", { as: ada.token, body: { email: "bob@example.org", role: "viewer" } });
    wire(api.deps);
    expect(got.status).toBe(201);
  });
  test("accepted twice at once, it makes one member", async () => {
    const bob = await signUp(api, "bob@example.org");
    const token = await invite(api, ada, { email: bob.email, role: "developer" });
    const both = await Promise.all([1, 2].map(() => api.ask("invitationAccept", { as: bob.token, params: { token } })));
    expect(both.filter((got) => got.status === 201)).toHaveLength(1);
    expect(await roles()).toHaveLength(2);
  });
  test("403: for someone else; it stays open", async () => {
    const eve = await signUp(api, "eve@example.org");
    const token = await invite(api, ada, { email: "bob@example.org", role: "owner" });
    expect((await api.ask("invitationAccept", { as: eve.token, params: { token } })).status).toBe(403);
    expect((await api.ask("invitationView", { params: { token } })).status).toBe(200);
  });
  test("404: after 7 days, after it was withdrawn, after a newer one to the same address, and for a guess", async () => {
    const first = await invite(api, ada, { email: "bob@example.org", role: "viewer" });
    const second = await invite(api, ada, { email: "bob@example.org", role: "developer" });
    expect((await api.ask("invitationView", { params: { token: first } })).status).toBe(404);
    const open = (await api.ask("invitationList", { as: ada.token })).body.items;
    expect(open).toMatchObject([{ email: "bob@example.org", role: "developer" }]);
    expect(JSON.stringify(open)).not.toContain("hash");
    const gone = await api.ask("invitationRemove", { as: ada.token, params: { invitation: open[0]?.id ?? "" } });
    expect(gone.status).toBe(204);
    expect((await api.ask("invitationView", { params: { token: second } })).status).toBe(404);
    const third = await invite(api, ada, { email: "bob@example.org", role: "viewer" });
    await api.deps.clock.advance(7 * 86_400_000);
    expect((await api.ask("invitationView", { params: { token: third } })).status).toBe(404);
    expect((await api.ask("invitationView", { params: { token: `${third.slice(0, -1)}x` } })).status).toBe(404);
  });
  test("409: for who is a member already", async () => {
    const got = await api.ask("invitationCreate", { as: ada.token, body: { email: ada.email, role: "viewer" } });
    expect(got.status).toBe(409);
  });
  test("the token is kept as a hash", async () => {
    const token = await invite(api, ada, { email: "bob@example.org", role: "viewer" });
    expect(JSON.stringify([...(api.deps.table as unknown as { rows: Map<string, unknown> }).rows])).not.toContain(token);
  });
});

describe("members", () => {
  test("a removed member's rights end with the next request, and so do those of the keys they made", async () => {
    const bob = await signUpMember(api, ada, "developer");
    const key = await newKey(api, { ...bob, team: ada.team });
    expect((await api.ask("tenantView", { as: key.secret })).status).toBe(200);
    const removed = await api.ask("memberRemove", { as: ada.token, params: { user: bob.user } });
    expect(removed.status).toBe(204);
    expect((await api.ask("tenantView", { as: bob.token, team: ada.team })).status).toBe(404);
    expect((await api.ask("tenantView", { as: key.secret })).status).toBe(401);
  });
  test("a lowered role takes effect with the next request, for their keys too", async () => {
    const bob = await signUpMember(api, ada, "owner");
    const key = await newKey(api, { ...bob, team: ada.team }, { role: "owner" });
    await api.ask("memberUpdate", { as: ada.token, params: { user: bob.user }, body: { role: "viewer" } });
    for (const as of [bob.token, key.secret])
      expect((await api.ask("tenantUpdate", { as, team: ada.team, body: { name: "Mine" } })).status).toBe(403);
  });
  test("409: the last owner can neither leave, nor be removed, nor step down", async () => {
    await signUpMember(api, ada, "developer");
    const params = { user: ada.user };
    expect((await api.ask("teamLeave", { as: ada.token })).status).toBe(409);
    expect((await api.ask("memberRemove", { as: ada.token, params })).status).toBe(409);
    expect((await api.ask("memberUpdate", { as: ada.token, params, body: { role: "viewer" } })).status).toBe(409);
    expect(await roles()).toHaveLength(2);
  });
  test("two owners who demote each other at once leave one owner", async () => {
    const bob = await signUpMember(api, ada, "owner");
    const both = await Promise.all([
      api.ask("memberUpdate", { as: ada.token, team: ada.team, params: { user: bob.user }, body: { role: "viewer" } }),
      api.ask("memberUpdate", { as: bob.token, team: ada.team, params: { user: ada.user }, body: { role: "viewer" } }),
    ]);
    expect(both.filter((got) => got.status === 200)).toHaveLength(1);
    expect((await roles()).filter((line) => line.endsWith("owner"))).toHaveLength(1);
  });
  test("204: anyone may leave; a key cannot", async () => {
    const bob = await signUpMember(api, ada, "viewer");
    const key = await newKey(api, ada, { role: "owner" });
    expect((await api.ask("teamLeave", { as: key.secret })).status).toBe(403);
    expect((await api.ask("teamLeave", { as: bob.token, team: ada.team })).status).toBe(204);
    expect(await roles()).toEqual(["ada@example.org owner"]);
  });
  test("404: who is a member of another team only", async () => {
    const bob = await signUp(api, "bob@example.org");
    expect((await api.ask("memberRemove", { as: ada.token, params: { user: bob.user } })).status).toBe(404);
    const got = await api.ask("memberUpdate", { as: ada.token, params: { user: bob.user }, body: { role: "viewer" } });
    expect(got.status).toBe(404);
  });
  test("members come in pages", async () => {
    for (const at of [1, 2, 3, 4])
      await signUp(api, `m${at}@example.org`, {
        invitation: await invite(api, ada, { email: `m${at}@example.org`, role: "viewer" }),
      });
    const first = await api.ask("memberList", { as: ada.token, query: { limit: "3" } });
    expect(first.body.items).toHaveLength(3);
    const rest = await api.ask("memberList", { as: ada.token, query: { limit: "3", page: first.body.next ?? "" } });
    expect(rest.body.items).toHaveLength(2);
    expect(rest.body.next).toBeUndefined();
  });
});

test("A9: each change of the team is told: who, from where, what; newest first, and by subject", async () => {
  const bob = await signUpMember(api, ada, "developer");
  await api.ask("tenantUpdate", { as: ada.token, body: { name: "Renamed" } });
  await api.ask("memberUpdate", { as: ada.token, params: { user: bob.user }, body: { role: "viewer" }, address: "203.0.113.7" });
  const all = (await api.ask("auditList", { as: ada.token })).body.items;
  expect(all.map((entry) => entry.operation)).toEqual([
    "memberUpdate",
    "tenantUpdate",
    "userCreate",
    "invitationCreate",
    "userCreate",
  ]);
  expect(all[0]).toMatchObject({
    actor: { kind: "user", id: ada.user, name: "ada" },
    from: { address: "203.0.113.7", agent: "test" },
    subject: bob.user,
    changes: [{ path: "role", before: "developer", after: "viewer" }],
  });
  const about = (await api.ask("auditList", { as: ada.token, query: { subject: bob.user, limit: "1" } })).body;
  expect(about.items.map((entry) => entry.operation)).toEqual(["memberUpdate"]);
  expect(about.next).toBeDefined();
  expect(JSON.stringify(all)).not.toContain(password);
});
