import { beforeEach, describe, expect, test } from "@jest/globals";
import { wire } from "../../functions/_runtime/deps.ts";
import { type Api, startApi } from "../support/api.ts";
import { work } from "../support/work.ts";
import { password, type Signed, signUp } from "../support/people.ts";
import { countingTable } from "../support/round-trips.ts";

let api: Api;
let ada: Signed;
beforeEach(async () => {
  api = await startApi();
  ada = await signUp(api, "ada@example.org");
});
const fresh = "a new long password";
const askFor = (email: string, more: object = {}) => api.ask("passwordResetCreate", { body: { email, ...more } });
const mails = async () => {
  await work(api.deps);
  return api.deps.notifier.sent;
};
const tokenSent = async (): Promise<string> => /pluvia_reset_\S+/.exec((await mails()).at(-1)?.text ?? "")?.[0] ?? "";
const reset = (token: string, password = fresh) => api.ask("passwordResetComplete", { body: { token, password } });
const login = (password: string) => api.ask("sessionCreate", { body: { email: ada.email, password } });
const audit = async () => (await api.ask("auditList", { as: ada.token, team: ada.team })).body.items;

describe("a forgotten password", () => {
  test("204: the mail's token sets a new password, once, and ends every session", async () => {
    expect((await askFor("ADA@example.org")).status).toBe(204);
    const token = await tokenSent();
    expect((await mails()).at(-1)).toMatchObject({ to: ada.email, text: expect.stringContaining(`/reset-password#${token}`) });
    expect((await reset(token)).status).toBe(204);
    expect((await api.ask("sessionView", { as: ada.token })).status).toBe(401);
    expect((await login(password)).status).toBe(401);
    expect((await login(fresh)).status).toBe(201);
    expect((await reset(token, "another long password")).status).toBe(400);
    expect((await login(fresh)).status).toBe(201);
  });
  test("204: the same answer, after the same reads and writes, whether or not anyone has the address; nobody else is written to", async () => {
    const seenFor = async (email: string) => {
      const { table, counted } = countingTable(api.deps.table);
      wire({ ...api.deps, table });
      const { status, body, cookies } = await askFor(email);
      wire(api.deps);
      return { status, body, cookies, ...counted };
    };
    expect(await seenFor("nobody@example.org")).toEqual(await seenFor(ada.email));
    expect((await mails()).map((mail) => mail.to)).toEqual([ada.email]);
  });
  test("400: a token that ran out, has a typo, is of another kind, or was made before a password changed", async () => {
    await askFor(ada.email);
    const old = await tokenSent();
    await askFor(ada.email);
    expect((await reset(await tokenSent())).status).toBe(204);
    const as = (
      await api.ask("sessionCreate", { body: { email: ada.email, password: fresh }, headers: { "pluvia-client": "cli" } })
    ).body.token;
    for (const token of [old, `${old}x`, as ?? "", "", "pluvia_reset_"])
      expect((await reset(token)).body).toMatchObject({ error: { code: "invalid", next: expect.stringContaining("new one") } });
    await askFor(ada.email);
    const late = await tokenSent();
    await api.deps.clock.advance(60 * 60_000);
    expect((await reset(late)).status).toBe(400);
  });
  test("of two who use one token at once, one wins", async () => {
    await askFor(ada.email);
    const token = await tokenSent();
    const both = await Promise.all([reset(token, "the first password"), reset(token, "the second password")]);
    expect(both.map((got) => got.status).sort()).toEqual([204, 400]);
  });
  test("400: a short password is refused by its field's name, and the token stays good", async () => {
    await askFor(ada.email);
    const token = await tokenSent();
    expect((await reset(token, "short")).body).toMatchObject({ error: { fields: [{ path: "password" }] } });
    expect((await reset(token)).status).toBe(204);
  });
  test("429: at most three mails to one address in a while, known or not; signing in stays possible", async () => {
    for (const email of [ada.email, "nobody@example.org"]) {
      for (let at = 0; at < 3; at++) expect((await askFor(email)).status).toBe(204);
      expect((await askFor(email)).status).toBe(429);
    }
    expect((await mails()).length).toBe(3);
    expect((await login(password)).status).toBe(201);
  });
  test("the mail speaks the language that was asked for", async () => {
    await askFor(ada.email, { language: "zh" });
    expect((await mails()).at(-1)?.subject).toContain("密码");
  });
  test("nothing kept or logged would let a thief in", async () => {
    await askFor(ada.email);
    const token = await tokenSent();
    const kept = JSON.stringify([...(api.deps.table as unknown as { rows: Map<string, unknown> }).rows]);
    expect(kept).not.toContain(token);
    expect(JSON.stringify(api.deps.logged)).not.toContain(token);
  });
});

describe("who came in is written down in each of their teams", () => {
  test("signing in and out, and a reset", async () => {
    const session = await api.ask("sessionCreate", {
      body: { email: ada.email, password },
      headers: { "pluvia-client": "cli" },
      address: "203.0.113.7",
    });
    await api.ask("sessionRemove", { as: session.body.token });
    const told = (await audit()).filter((entry) => entry.operation.startsWith("session"));
    expect(told).toMatchObject([
      { operation: "sessionRemove", subject: ada.user, actor: { kind: "user", id: ada.user } },
      { operation: "sessionCreate", subject: ada.user, from: { address: "203.0.113.7" } },
    ]);
    await askFor(ada.email);
    await reset(await tokenSent());
    const again = await api.ask("sessionCreate", {
      body: { email: ada.email, password: fresh },
      headers: { "pluvia-client": "cli" },
    });
    const after = await api.ask("auditList", { as: again.body.token, team: ada.team });
    expect(after.body.items.map((entry) => entry.operation)).toContain("passwordResetComplete");
    expect(JSON.stringify(after.body)).not.toContain(fresh);
  });
  test("a sign-in that was refused, by nobody known; what nobody has leaves no trace and answers the same", async () => {
    const known = await api.ask("sessionCreate", {
      body: { email: ada.email, password: "wrong password" },
      address: "203.0.113.8",
    });
    const unknown = await api.ask("sessionCreate", { body: { email: "nobody@example.org", password }, address: "203.0.113.8" });
    const seen = (got: { status: number; body: unknown }) => [
      got.status,
      { ...(got.body as { error: object }).error, request: "" },
    ];
    expect(seen(unknown)).toEqual(seen(known));
    await work(api.deps);
    const refused = (await audit()).filter((entry) => entry.operation === "noteRefusedSignIn");
    expect(refused).toMatchObject([{ subject: ada.user, actor: { kind: "system" }, from: { address: "203.0.113.8" } }]);
  });
});
