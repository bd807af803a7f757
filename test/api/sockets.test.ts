import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Context } from "aws-lambda";
import type { MemoryConnections } from "../../shared/adapters/memory/connections.ts";
import { createEmbeddedDataCenter } from "../../shared/control/create-data-center.ts";
import { joinAgent } from "../support/agent.ts";
import { type Api, startApi } from "../support/api.ts";
import { work } from "../support/work.ts";
import { newKey, type Signed, signUp, signUpMember } from "../support/people.ts";
import { realtime as handler } from "../support/functions.ts";

let api: Api;
let ada: Signed;
beforeEach(async () => {
  api = await startApi();
  ada = await signUp(api, "ada@example.org");
});
let count = 0;
async function send(routeKey: string, connectionId: string, more: object = {}): Promise<number> {
  const connectedAt = api.deps.clock.now().getTime();
  const event = { requestContext: { routeKey, connectionId, connectedAt }, isBase64Encoded: false, ...more };
  return ((await handler(event as never, {} as Context)) as { statusCode: number }).statusCode;
}
const connections = () => api.deps.connections as MemoryConnections;
async function open(headers: Record<string, string>, team?: string) {
  const id = `connection-${++count}`;
  connections().open(id);
  const status = await send("$connect", id, { headers, ...(team !== undefined && { queryStringParameters: { team } }) });
  return { id, status };
}
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("opening a connection", () => {
  test("is for members, keys and agents that are alive", async () => {
    const { secret } = await newKey(api, ada);
    const agent = await joinAgent(api, (await createEmbeddedDataCenter(api.deps)).joinToken);
    for (const headers of [bearer(ada.token), { cookie: ada.cookie }, bearer(secret), bearer(await agent.token())])
      expect((await open(headers)).status).toBe(200);
    for (const headers of [{}, bearer("x"), bearer(`${secret}x`), bearer("a.b.c")])
      expect((await open(headers)).status).toBe(401);
  });
  test("by cookie only from our own page: any site can open a WebSocket with it", async () => {
    const { cookie } = ada;
    expect((await open({ cookie, origin: "https://evil.example", host: "localhost:7070" })).status).toBe(403);
    expect((await open({ cookie, origin: "http://localhost:7070", host: "localhost:7070" })).status).toBe(200);
  });
  test("for another's team it is not found", async () => {
    const bob = await signUp(api, "bob@example.org");
    expect((await open(bearer(ada.token), bob.team)).status).toBe(404);
    expect((await open(bearer(ada.token), ada.team)).status).toBe(200);
  });
});

describe("an open connection is told nothing more", () => {
  const listen = async (headers: Record<string, string>) => {
    const { id } = await open(headers, ada.team);
    await send("$default", id, { body: JSON.stringify({ type: "subscribe", id: "s", channel: "team" }) });
    await work(api.deps);
    return id;
  };
  const hears = async (id: string) => {
    const before = connections().frames.get(id)?.length ?? 0;
    await newKey(api, ada);
    await work(api.deps);
    return (connections().frames.get(id)?.slice(before) ?? []).some((frame) => frame.includes('"data"'));
  };

  test("once its member was removed, or has signed out", async () => {
    const dev = await signUpMember(api, ada, "developer");
    const gone = await listen(bearer(dev.token));
    const own = await listen(bearer(ada.token));
    const other = await api.ask("sessionCreate", {
      body: { email: ada.email, password: "correct horse battery" },
      headers: { "pluvia-client": "cli" },
    });
    const signedOut = await listen(bearer(other.body.token ?? ""));
    expect([await hears(gone), await hears(signedOut), await hears(own)]).toEqual([true, true, true]);
    await api.ask("memberRemove", { as: ada.token, params: { user: dev.user } });
    await api.ask("sessionRemove", { as: other.body.token });
    expect([await hears(gone), await hears(signedOut), await hears(own)]).toEqual([false, false, true]);
  });
  test("once its key was revoked, or who made the key has left", async () => {
    const dev = await signUpMember(api, ada, "developer");
    const theirs = await newKey(api, { ...dev, team: ada.team });
    const revoked = await newKey(api, ada);
    const ids = [await listen(bearer(theirs.secret)), await listen(bearer(revoked.secret))];
    expect(await Promise.all(ids.map(hears))).toEqual([true, true]);
    await api.ask("keyRemove", { as: ada.token, params: { key: revoked.id } });
    await api.ask("memberRemove", { as: ada.token, params: { user: dev.user } });
    expect(await Promise.all(ids.map(hears))).toEqual([false, false]);
  });
});
