import { updatesCapability } from "../../edge-agents/upgrade/capability.ts";
import { version } from "../../shared/contract/version.ts";
import { generateKeyPairSync } from "node:crypto";
import { createGunzip } from "node:zlib";
import { Readable } from "node:stream";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { extract } from "tar-stream";
import { parseAllDocuments } from "yaml";
import { startWorld, type World } from "../support/components.ts";
import { signUp } from "../support/people.ts";

let world: World;
let ask: World["ask"];
let dataCenter: string;
let token: string;
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
  const made = await ask("dataCenterCreate", { body: { name: "east" } });
  ({
    dataCenter: { id: dataCenter },
    join: { token },
  } = made.body);
});

const keyX = () => String(generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }).x);
const registration = (more: object = {}) => ({
  version: 1,
  token,
  publicKey: { kty: "OKP", crv: "Ed25519", x: keyX() },
  agentVersion: "0.1.0",
  kind: "kubernetes",
  time: world.api.deps.clock.now().toISOString(),
  ...more,
});
const register = (more: object = {}) => ask("agentRegister", { as: undefined, body: registration(more), address: "203.0.113.7" });
const view = async () => (await ask("dataCenterView", { params: { dataCenter } })).body;
const refusal = async (more: object) => {
  const got = await register(more);
  expect(got.status).toBe(401);
  return (got.body as unknown as { error: { reason: string; message: string; next: string } }).error;
};
const newToken = async () => (await ask("joinTokenCreate", { params: { dataCenter } })).body.join.token;

describe("P6: a cluster joins by one command", () => {
  test("the answer has the token once, with both commands; no view tells it again", async () => {
    const { body } = await ask("dataCenterCreate", { body: { name: "west" } });
    expect(body.dataCenter).toMatchObject({ name: "west", state: "joining", kind: "kubernetes", tenant: world.ada.team });
    expect(body.join.commands.kubectl).toBe(`kubectl apply -f http://localhost:7070/v1/join/${body.join.token}/agents.yaml`);
    expect(body.join.commands.helm).toContain(`--set joinToken=${body.join.token}`);
    expect(body.join.commands.helm).toContain(`--set dataCenter=${body.dataCenter.id}`);
    const rows = JSON.stringify([...(world.api.deps.table as unknown as { rows: Map<string, unknown> }).rows.values()]);
    expect(rows).not.toContain(body.join.token);
  });

  test("409: two data centers of a team have two names; another team may use the same", async () => {
    expect((await ask("dataCenterCreate", { body: { name: "east" } })).status).toBe(409);
    const bob = await signUp(world.api, "bob@example.org");
    expect((await ask("dataCenterCreate", { as: bob.token, team: bob.team, body: { name: "east" } })).status).toBe(201);
  });

  test("the served manifests carry the token, and reading them uses nothing up", async () => {
    const read = async () => ask("joinManifestView", { as: undefined, params: { token } });
    const [first, second] = [await read(), await read()];
    expect([first.status, first.headers["content-type"], second.body]).toEqual([200, "application/yaml", first.body]);
    const objects = parseAllDocuments(first.body).map((d) => {
      expect(d.errors).toEqual([]);
      return d.toJS() as { kind: string; metadata: { name: string }; stringData?: { token: string } };
    });
    expect(objects.map((o) => o?.kind)).toEqual(expect.arrayContaining(["Namespace", "ServiceAccount", "Deployment"]));
    expect(first.body).toContain(token);
    expect(first.body).toContain("http://localhost:7070");
    expect(first.body).not.toContain("{{");
    expect((await register()).status).toBe(201);
    expect((await read()).status).toBe(401);
  });

  test("the chart is served as helm takes it", async () => {
    const { body, headers } = await ask("joinChartView", { as: undefined });
    expect(headers["content-type"]).toBe("application/gzip");
    const names: string[] = [];
    for await (const entry of Readable.from(Buffer.from(body, "base64")).pipe(createGunzip()).pipe(extract())) {
      names.push(entry.header.name);
      entry.resume();
    }
    expect(names).toEqual(expect.arrayContaining(["pluvia-agents/Chart.yaml", "pluvia-agents/values.yaml"]));
  });

  test("a registered agent makes it connected, with its version and what it found; an entry of the audit log says who", async () => {
    const preflight = [{ name: "clock", state: "passed", code: "clock.ok", params: { seconds: 0 }, message: "Right.", next: "" }];
    expect((await register({ preflight })).status).toBe(201);
    expect(await view()).toMatchObject({
      state: "connected",
      agentVersion: "0.1.0",
      joinTokenExpiresAt: null,
      preflight: { checks: preflight },
    });
    const audit = (await ask("auditList", { query: { subject: dataCenter } })).body.items;
    expect(audit.map((a) => [a.operation, a.actor.kind])).toEqual([
      ["agentRegister", "agent"],
      ["dataCenterCreate", "user"],
    ]);
  });
});

describe("a join token", () => {
  test("is dead after its first use: a second key, stolen or not, is refused and told of on the data center's page", async () => {
    expect((await register()).status).toBe(201);
    const told = await refusal({});
    expect(told.reason).toBe("join.token-used");
    expect(told.next).toMatch(/revoke/);
    expect(await view()).toMatchObject({ state: "connected", refusal: { code: "join.token-used", address: "203.0.113.7" } });
  });

  test("used again with the same key it gives the same place: a replayed request makes no second agent and gives no key", async () => {
    const body = registration();
    const [first, again] = [await ask("agentRegister", { body }), await ask("agentRegister", { body })];
    expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
    expect((await view()).agent).toBe(first.body.agent);
    expect(JSON.stringify(again.body)).not.toContain(token);
  });

  test("expires after 24 hours, and says so", async () => {
    await world.api.deps.clock.advance(24 * 3_600_000);
    expect((await refusal({})).reason).toBe("join.token-expired");
    expect(await view()).toMatchObject({ joinTokenExpiresAt: null, refusal: { code: "join.token-expired" } });
  });

  test("is dead once a newer one was asked for", async () => {
    const newer = await newToken();
    expect((await refusal({})).reason).toBe("join.token-replaced");
    expect((await ask("joinManifestView", { params: { token } })).status).toBe(401);
    expect((await register({ token: newer })).status).toBe(201);
  });

  test("with a typo, or never made, is told apart from a dead one", async () => {
    expect((await refusal({ token: `${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}` })).reason).toBe("join.token-typo");
    expect((await refusal({ token: "a token that no one ever made" })).reason).toBe("join.token-unknown");
  });
});

describe("what is wrong with an agent is told in words, to it and on the page, and costs no token", () => {
  const cases: [string, () => object, RegExp][] = [
    ["join.clock", () => ({ time: shifted(-601) }), /clock is 601 seconds behind the platform's/],
    ["join.clock", () => ({ time: shifted(90) }), /clock is 90 seconds ahead of the platform's/],
    ["join.agent-old", () => ({ version: 0 }), /too old for this platform/],
    ["join.agent-old", () => ({ agentVersion: "0.0.9" }), /version 0\.0\.9/],
    ["join.agent-new", () => ({ version: 99, agentVersion: "9.0.0" }), /speaks at most protocol 1/],
    ["join.kind", () => ({ kind: "embedded" }), /kind kubernetes, the agent of kind embedded/],
  ];
  const shifted = (seconds: number) => new Date(world.api.deps.clock.now().getTime() + seconds * 1_000).toISOString();
  test.each(cases)("%s", async (reason, more, words) => {
    const told = await refusal(more());
    expect([told.reason, words.test(told.message)]).toEqual([reason, true]);
    expect(await view()).toMatchObject({ state: "joining", refusal: { code: reason, message: told.message, next: told.next } });
    expect((await register()).status).toBe(201);
    expect((await view()).refusal).toBeNull();
  });
  test("a clock within 60 s is tolerated", async () => {
    expect((await register({ time: shifted(-60) })).status).toBe(201);
  });
  test("a newer agent that speaks our protocol joins, whatever else it says", async () => {
    const preflight = [{ name: "gpu", state: "fine", code: "gpu.ok", params: {}, message: "4 GPUs.", next: "", vendor: "x" }];
    expect((await register({ agentVersion: "7.1.0", flavour: "new", preflight })).status).toBe(201);
    expect(await view()).toMatchObject({ agentUpdate: null, preflight: { checks: [{ name: "gpu", state: "warning" }] } });
  });
});

describe("a team's data center", () => {
  test("is renamed, cordoned and uncordoned, with an audit entry each", async () => {
    const params = { dataCenter };
    expect((await ask("dataCenterUpdate", { params, body: { name: "north" } })).body.name).toBe("north");
    expect((await ask("dataCenterCordon", { params })).body.cordoned).toBe(true);
    expect((await ask("dataCenterUncordon", { params })).body.cordoned).toBe(false);
    expect((await ask("dataCenterCreate", { body: { name: "east" } })).status).toBe(201);
    const audit = (await ask("auditList", { query: { subject: dataCenter } })).body.items;
    expect(audit.map((a) => a.operation)).toEqual([
      "dataCenterUncordon",
      "dataCenterCordon",
      "dataCenterUpdate",
      "dataCenterCreate",
    ]);
  });

  test("P6: its agents are asked to bring themselves to the newest version at once, when there is one", async () => {
    const { registerAgent } = await import("../support/data-center.ts");
    const agent = await registerAgent(world.api, token, "kubernetes");
    const asks = () => ask("agentsUpdate", { params: { dataCenter } });
    const report = async (agentVersion: string) =>
      ask("agentReport", { as: await agent.bearer(), body: { version: 1, observations: [], agentVersion } });
    await report(version);
    expect(await asks()).toMatchObject({ status: 202, body: { agentUpdate: null, agentUpdateAskedAt: null } });
    await report("0.0.9");
    const { agentUpdate, agentUpdateAskedAt: askedAt } = (await asks()).body;
    expect(agentUpdate).toBe(version);
    expect(askedAt).not.toBeNull();
    const desired = await ask("agentDesired", { as: await agent.bearer(), query: { cursor: "0" } });
    expect(desired.body).toMatchObject({ agentUpdate: { version, askedAt } });
    await report(version);
    const { body } = await ask("dataCenterView", { params: { dataCenter } });
    expect(body).toMatchObject({ agentUpdate: null, agentUpdateAskedAt: null });

    // Where the chart says that they do not, asking is refused.
    const capabilities = [updatesCapability("manual")];
    const agentVersion = "0.0.9";
    await ask("agentReport", { as: await agent.bearer(), body: { version: 1, observations: [], agentVersion, capabilities } });
    const next = expect.stringContaining("helm upgrade");
    expect(await asks()).toMatchObject({ status: 409, body: { error: { reason: "agents.by-hand", next } } });
  });

  test("409: takes no new component while it is cordoned or revoked, and says what to do", async () => {
    const create = (name: string) =>
      ask("componentCreate", {
        params: { application: world.application },
        body: { name, source: { kind: "image", image: "x:1" }, dataCenter },
      });
    const reason = (got: Awaited<ReturnType<typeof create>>) => (got.body as never as { error: { reason: string } }).error.reason;
    await ask("dataCenterCordon", { params: { dataCenter } });
    expect(reason(await create("a"))).toBe("data-center.cordoned");
    await ask("dataCenterUncordon", { params: { dataCenter } });
    await ask("dataCenterRevoke", { params: { dataCenter } });
    expect(reason(await create("b"))).toBe("data-center.revoked");
  });

  test("revoked, its agent is refused at once and its session closed; a new token brings another one that finds what was wanted", async () => {
    const { registerAgent } = await import("../support/data-center.ts");
    const agent = await registerAgent(world.api, token, "kubernetes");
    const component = await world.create({ name: "api", dataCenter });
    world.agent = agent;
    await world.deployed(component.id);
    world.api.deps.connections.open("socket-1");
    const { openConnection } = await import("../../shared/control/realtime/connect.ts");
    const opened = { kind: "agent" as const, agent: agent.agent as never, dataCenter: dataCenter as never };
    await openConnection(world.api.deps, "socket-1", opened, world.api.deps.clock.now());
    expect((await ask("dataCenterRevoke", { params: { dataCenter } })).body.state).toBe("revoked");
    expect((await ask("agentDesired", { as: await agent.bearer() })).status).toBe(401);
    expect(await world.api.deps.connections.send("socket-1", "x")).toBe(false);
    expect((await world.view(component.id)).status).toBe("unknown");
    const successor = await registerAgent(world.api, await newToken(), "kubernetes");
    expect((await view()).state).toBe("connected");
    expect((await successor.desired()).map((d) => d.component)).toEqual([component.id]);
  });

  test("403: what the platform offers to every team, no team changes", async () => {
    const [embedded] = (await ask("dataCenterList")).body.items;
    expect((await ask("dataCenterRevoke", { params: { dataCenter: embedded?.id ?? "" } })).status).toBe(403);
  });
});
