import { beforeEach, describe, expect, test } from "@jest/globals";
import { ErrorBody } from "../../shared/contract/error-body.ts";
import type { Got } from "../support/api.ts";
import { startWorld, type World } from "../support/components.ts";

let world: World;
let ask: World["ask"];
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
});
const errorOf = (got: Got<unknown>) => ErrorBody.parse(got.body).error;

describe("A8: people hear of a field that a request does not have, rather than that it was done without it", () => {
  test("by its name, with the one probably meant, and nothing is changed", async () => {
    const { id } = await world.create({ configuration: { replicas: 1 } });
    const params = { component: id };
    const got = await ask("componentScale", { params, body: { replicas: 2, replicsa: 3 } });
    expect(got.status).toBe(400);
    expect(errorOf(got).message).toContain("replicsa: is not a field of this request (did you mean replicas?)");
    expect(errorOf(got).fields).toEqual([
      {
        path: "replicsa",
        message: "is not a field of this request (did you mean replicas?)",
        rule: "unknown_field",
        params: { meant: "replicas" },
      },
    ]);
    expect((await world.view(id)).configuration.replicas).toBe(1);
  });
  test("in lists and objects within, beside whatever else is wrong, and without a guess where nothing is near", async () => {
    const { id } = await world.create();
    const ports = [{ port: 80, protocol: "http", internal: true, external: true }, { prot: 81 }];
    const body = { configuration: { ports, wings: 2 }, generation: "x" };
    const { fields } = errorOf(await ask("componentUpdate", { params: { component: id }, body }));
    expect(fields.map(({ path, rule }) => [path, rule])).toEqual([
      ["configuration.ports.1.prot", "unknown_field"],
      ["configuration.wings", "unknown_field"],
      ["configuration.ports.1.port", "missing"],
      ["configuration.ports.1.protocol", "missing"],
      ["configuration.ports.1.internal", "missing"],
      ["configuration.ports.1.external", "missing"],
      ["generation", "invalid_type"],
    ]);
    expect(fields.map(({ message }) => message).slice(0, 2)).toEqual([
      "is not a field of this request (did you mean port?)",
      "is not a field of this request",
    ]);
  });
  test("where it belongs, when it is a step too far out", async () => {
    const { id } = await world.create();
    const got = await ask("componentUpdate", { params: { component: id }, body: { replicas: 3, wings: 2 } });
    expect(errorOf(got).fields.map(({ path, params }) => [path, params?.["meant"]])).toEqual([
      ["replicas", "configuration.replicas"],
      ["wings", undefined],
    ]);
  });
  test("of a sign-up, too, before anyone is known", async () => {
    const body = { email: "eve@example.org", password: "correct horse battery", name: "Eve", taem: "Eves" };
    expect(errorOf(await world.api.ask("userCreate", { body })).fields).toMatchObject([
      { path: "taem", params: { meant: "team" } },
    ]);
  });
  test("of a query", async () => {
    const got = await ask("componentList", { query: { limt: "5" } });
    expect([got.status, errorOf(got).fields]).toMatchObject([
      400,
      [{ path: "limt", rule: "unknown_field", params: { meant: "limit" } }],
    ]);
  });
  test("of a request that takes no body", async () => {
    const { id } = await world.create();
    const got = await ask("componentRemove", { params: { component: id }, body: { keepData: true } });
    expect([got.status, errorOf(got).reason]).toEqual([400, "body.none"]);
    expect((await world.view(id)).removing).toBe(false);
    expect((await ask("componentStop", { params: { component: id }, body: {} })).status).not.toBe(400);
  });
  test("a variable is not lost for its name", async () => {
    const { id } = await world.create();
    const text = '{"set":{"__proto__":{"kind":"plain","value":"x"}}}';
    const got = await ask("variableUpdate", { params: { component: id }, text });
    expect([got.status, errorOf(got).fields.map(({ path }) => path)]).toEqual([400, ["set.__proto__"]]);
  });
});

describe("agents and builders may be newer than the platform: what it does not know, it leaves alone", () => {
  test("of a report and of a build's", async () => {
    const as = await world.agent.bearer();
    const told = await ask("agentReport", { as, body: { version: 1, observations: [], weather: { wind: 3 } } });
    expect(told.status).toBe(200);
    const { id } = await world.create();
    const { body } = await ask("componentDeploy", { params: { component: id }, body: {} });
    await world.work();
    const report = { version: 1, sequence: 1, weather: { wind: 3 } } as const;
    expect((await world.reportBuild(body.operation.build ?? "", report)).status).toBe(200);
  });
});
