import { beforeAll, describe, expect, test } from "@jest/globals";
import { wire } from "../../functions/_runtime/deps.ts";
import type { OperationName } from "../../shared/contract/operations.ts";
import { type Api, type Ask, startApi } from "../support/api.ts";
import { startWorld } from "../support/components.ts";
import { newKey } from "../support/people.ts";
import { countingTable, type RoundTrips } from "../support/round-trips.ts";
import { table as operationTable } from "./matrix.ts";
import { makeGround, makeRealms, type Realm } from "./realm.ts";
import { samples } from "./samples.ts";

const roundsMax = 3;
const readsOf = (audience: "tenant" | "user") =>
  operationTable.filter(([, o]) => o.method === "get" && o.audience === audience).map(([name]) => name);

/** The second call of two: the first of a minute also notes when a credential was last used. */
async function tripsOf(api: Api, name: OperationName, ask: Ask): Promise<RoundTrips> {
  await api.ask(name, ask);
  const { table, counted } = countingTable(api.deps.table);
  wire({ ...api.deps, table });
  const got = await api.ask(name, ask);
  wire(api.deps);
  expect([name, got.status]).toEqual([name, 200]);
  return { ...counted };
}

describe("every read", () => {
  let api: Api;
  let realm: Realm;
  beforeAll(async () => {
    api = await startApi();
    [realm] = (await makeRealms(api, await makeGround(api), ["home"])) as [Realm];
  });
  test.each(readsOf("tenant"))(`G16: %s takes at most ${roundsMax} round trips to the store, sign-in included`, async (name) => {
    const sample = samples[name](realm, realm.owner.token) as Ask;
    for (const who of [{ as: realm.owner.token, team: realm.team }, { as: realm.keys.owner }]) {
      const { rounds } = await tripsOf(api, name, { ...who, ...sample });
      expect(rounds).toBeGreaterThan(1);
      expect(rounds).toBeLessThanOrEqual(roundsMax);
    }
  });
  test.each(readsOf("user"))(
    `G16: %s takes at most ${roundsMax} round trips to the store, of someone in two teams`,
    async (name) => {
      await api.ask("tenantCreate", { as: realm.owner.token, body: { name: "second" } });
      const { rounds } = await tripsOf(api, name, { as: realm.owner.token, ...(samples[name](realm, realm.owner.token) as Ask) });
      expect(rounds).toBeGreaterThan(1);
      expect(rounds).toBeLessThanOrEqual(roundsMax);
    },
  );
});

test("G16: a list takes no more calls of the store for many entries than for one", async () => {
  const { api, ada, create, built, ask } = await startWorld();
  const key = await newKey(api, ada);
  const first = await create({ name: "c0" });
  await built(first.id);
  const lists = ["componentList", "applicationList", "operationList"] as const;
  const callsOf = async () => {
    const trips = [];
    for (const name of lists) trips.push((await tripsOf(api, name, { as: key.secret })).calls);
    return trips;
  };
  const before = await callsOf();
  for (let at = 1; at < 10; at++) {
    await create({ name: `c${at}` });
    await ask("applicationCreate", { body: { name: `a${at}` } });
  }
  expect((await ask("componentList")).body.items).toHaveLength(10);
  expect(await callsOf()).toEqual(before);
});
