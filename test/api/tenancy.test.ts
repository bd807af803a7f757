import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Context, ScheduledEvent } from "aws-lambda";
import { readRights } from "../../infra/tools/roles.ts";
import { memoryTable } from "../../shared/adapters/memory/table.ts";
import type { OperationName } from "../../shared/contract/operations.ts";
import { type Api, type Ask, startApi } from "../support/api.ts";
import {
  agentListens,
  agentPresence,
  builderEnded,
  realtime,
  sweepOutbox,
  sweepStorage,
  sweepWatches,
} from "../support/functions.ts";
import { isAllowed } from "../support/iam.ts";
import { AccessDenied, asFunction, judged, judgedFor, seen, statementsOf } from "../support/judge.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { work } from "../support/work.ts";
import { table as operationTable } from "./matrix.ts";
import { type Ground, makeGround, makeRealms, type Realm } from "./realm.ts";
import { samples } from "./samples.ts";

type Call = (event: unknown, context: Context) => Promise<unknown>;
const [a, b] = ["tnt_0000000000000001", "tnt_0000000000000002"] as const;
const row = (pk: string) => ({ kind: "put", row: { pk, sk: "x", generation: 1, value: {} } }) as const;

describe("credentials of one team", () => {
  const table = judgedFor(memoryTable(), a);
  const refused = (call: Promise<unknown>) => expect(call).rejects.toThrow(AccessDenied);
  test("A6: reach its own rows, and what teams share", async () => {
    await table.transact([row(`tenant#${a}`), row(`tenant#${a}#component#cmp_1`), row("data-center#dc_1"), row("builders")]);
    await table.getAll([
      { pk: `tenant#${a}`, sk: "x" },
      { pk: "host#web", sk: "host" },
    ]);
    await table.query({ pk: `data-centers#${a}`, byIndex: true, limit: 1 });
  });
  test.each([
    ["another team's", `tenant#${b}`],
    ["a part of another team's", `tenant#${b}#component#cmp_1`],
    ["of a team whose id begins with its own", `tenant#${a}0`],
    ["another team's data centers", `data-centers#${b}`],
    ["a person's", "user#usr_1"],
    ["all teams' outbox", "outbox"],
  ])("A6: are refused rows that are %s, by every call", async (_whose, pk) => {
    await refused(table.get({ pk, sk: "x" }));
    await refused(
      table.getAll([
        { pk: `tenant#${a}`, sk: "x" },
        { pk, sk: "x" },
      ]),
    );
    await refused(table.query({ pk, limit: 1 }));
    await refused(table.query({ pk, byIndex: true, limit: 1 }));
    await refused(table.transact([row(`tenant#${a}`), row(pk)]));
    await refused(table.transact([{ kind: "remove", key: { pk, sk: "x" } }]));
    await refused(table.transact([{ kind: "check", key: { pk, sk: "x" }, expected: 0 }]));
  });
  test("A6: are good for nothing without a team, for a team of stars, or for a call that names no key", () => {
    const call = { action: "dynamodb:Query", resource: "<Table.Arn>" };
    const may = (context: Record<string, string[]>) => isAllowed(statementsOf("TenantRole"), { ...call, context });
    const key = { "dynamodb:LeadingKeys": [`tenant#${a}`] };
    expect(may({ ...key, "aws:PrincipalTag/tenant": [a] })).toBe(true);
    expect(may(key)).toBe(false);
    expect(may({ ...key, "aws:PrincipalTag/tenant": ["*"] })).toBe(false);
    expect(may({ "aws:PrincipalTag/tenant": [a] })).toBe(false);
  });
});

describe("a function's own role", () => {
  const own = (name: string, pk: string) => asFunction(name, () => judged(memoryTable()).get({ pk, sk: "x" }))();
  test("A6: reaches who asks, and no team's rows", async () => {
    await own("components", "session#abc");
    await expect(own("components", `tenant#${a}`)).rejects.toThrow(AccessDenied);
    await expect(own("sweep-storage", `tenant#${a}`)).rejects.toThrow(AccessDenied);
  });
  test("A6: asks for a team's credentials only where the function has that right", () => {
    const ask = (name: string) => asFunction(name, () => judgedFor(memoryTable(), a))();
    expect(() => ask("components")).not.toThrow();
    expect(() => ask("agent-listens")).toThrow(AccessDenied);
  });
  test("A6: only where one change is of a person and their teams does it reach teams' rows", () => {
    const withTeams = Object.entries(readRights().functions).filter(([, rights]) => rights.includes("rows.teams"));
    expect(withTeams.map(([name]) => name)).toEqual(["identity", "teams"]);
  });
});

/** Every operation, command, sweep and event at least once; what AWS would refuse is logged as a failure of ours. */
describe("all that the functions do", () => {
  let api: Api;
  let ground: Ground;
  let realm: Realm;
  const refusedCalls = () =>
    api.deps.logged.flatMap(({ fields }) => {
      const { error } = fields as { error?: unknown };
      return error instanceof AccessDenied ? [error.message] : [];
    });
  const once = (deployed: unknown, event: unknown) =>
    (deployed as Call)(event, { invokedFunctionArn: "arn:aws:lambda:eu-central-1:1:function:f" } as Context);

  beforeAll(async () => {
    const deps = memoryDeps();
    api = await startApi({ ...deps, settings: { ...deps.settings, broker: { url: "wss://broker.example", name: "pluvia" } } });
    ground = await makeGround(api);
    [realm] = (await makeRealms(api, ground, ["home"])) as [Realm];
    await api.ask("sessionCreate", { body: { email: realm.owner.email, password: "wrong password" } });
    await listenings();
    await sockets();
    for (const name of inTurn) await operation(name);
    for (const sweep of [sweepOutbox, sweepWatches, sweepStorage]) await once(sweep, {} as ScheduledEvent);
    await once(builderEnded, { detail: { group: realm.team, startedBy: realm.build } });
  });

  /** Those first whose sample another one uses up, and last those that end sessions. */
  const first: readonly OperationName[] = ["joinManifestView", "agentRegister"];
  const last: readonly OperationName[] = ["userUpdate", "passwordResetComplete", "sessionRemove"];
  const rank = (name: OperationName) => Number(last.includes(name)) - Number(first.includes(name));
  const inTurn = operationTable.map(([name]) => name).sort((one, other) => rank(one) - rank(other));

  async function operation(name: OperationName): Promise<void> {
    const { agent } = ground;
    for (const as of [realm.keys.owner, realm.owner.token, realm.buildToken, await agent.token()]) {
      const asked: Ask = { as, team: realm.team, headers: { "idempotency-key": name } };
      await api.ask(name, { ...asked, ...(samples[name](realm, as) as Ask) });
    }
    await work(api.deps);
  }

  async function listenings(): Promise<void> {
    const client = `pluvia-${ground.agent.id}`;
    const password = Buffer.from(await ground.agent.token()).toString("base64");
    await once(agentListens, { protocolData: { mqtt: { clientId: client, password } } });
    for (const eventType of ["connected", "disconnected"])
      await once(agentPresence, { clientId: client, eventType, sessionIdentifier: "s", versionNumber: 1 });
  }

  async function sockets(): Promise<void> {
    const frame = (connectionId: string, routeKey: string, more: object = {}) =>
      once(realtime, { requestContext: { connectionId, connectedAt: api.deps.clock.now().getTime(), routeKey }, ...more });
    for (const [id, as] of [
      ["page", realm.owner.token],
      ["program", realm.keys.owner],
      ["agent", await ground.agent.token()],
    ] as const) {
      const headers = { authorization: `Bearer ${as}` };
      await frame(id, "$connect", { headers, queryStringParameters: { team: realm.team } });
      await frame(id, "$default", { body: JSON.stringify({ type: "subscribe", id: "t", channel: "team" }) });
    }
    await work(api.deps);
    await frame("agent", "$disconnect");
  }

  test("A6: nothing was asked of AWS that the roles of the stack refuse", () => {
    expect(refusedCalls()).toEqual([]);
  });
  test("A6: no function has a right to rows that it does not use", () => {
    const { rows, functions: granted } = readRights();
    const unused = Object.entries(granted).flatMap(([name, rights]) =>
      rights
        .filter((right) => right.startsWith("rows.") && right !== "rows.tokens")
        .flatMap((right) => rows[right.slice("rows.".length)] ?? [])
        .filter((pattern) => ![...(seen.get(name) ?? [])].some((pk) => pk.startsWith(pattern.replace("*", ""))))
        .map((pattern) => `${name}: ${pattern}`),
    );
    expect(unused).toEqual([]);
  });
});
