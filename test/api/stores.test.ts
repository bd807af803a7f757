import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { Row } from "../../shared/ports/table.ts";
import { startApi } from "../support/api.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { work } from "../support/work.ts";

/**
 * Stores as released versions left them: a team with a component that runs, one that waits for its data center, a key, an invitation, a check under way. One more
 * is added with each release whose rows differ, and none is ever changed: what is kept today was written by any of them.
 */
interface Store {
  readonly token: string;
  readonly team: string;
  readonly component: string;
  readonly application: string;
  readonly rows: readonly (Omit<Row, "expiresAt"> & { readonly expiresAt?: string })[];
}
const directory = join(import.meta.dirname, "../fixtures/store");
const stores = readdirSync(directory).map(
  (file) => [file, JSON.parse(readFileSync(join(directory, file), "utf8")) as Store] as const,
);

/** Adds a field to each record and to the objects in it whose fields are named by us, as a newer version would. */
function ofTheFuture(value: Readonly<Record<string, unknown>>): object {
  const more = { ofTheFuture: { kept: true } };
  const { configuration, source } = value as { configuration?: { health: object; ports: object[] }; source?: object };
  return {
    ...value,
    ...more,
    ...(source && { source: { ...source, ...more } }),
    ...(configuration && {
      configuration: {
        ...configuration,
        ...more,
        health: { ...configuration.health, ...more },
        ports: configuration.ports.map((port) => ({ ...port, ...more })),
      },
    }),
  };
}

/** `as`: every record as it was kept. */
async function restored(store: Store, as: (value: Readonly<Record<string, unknown>>) => object = (value) => value) {
  const deps = memoryDeps();
  for (const { expiresAt, ...row } of store.rows) {
    const whole = { ...row, value: { ...as(row.value) }, ...(expiresAt && { expiresAt: new Date(expiresAt) }) };
    await deps.table.transact([{ kind: "put", row: whole }]);
  }
  const api = await startApi(deps);
  const ask: typeof api.ask = (name, how = {}) => api.ask(name, { as: store.token, team: store.team, ...how });
  return { deps, ask };
}

describe.each(stores)("Upgrades: the store of %s", (_file, store) => {
  const component = { component: store.component };
  const lists = [
    "applicationList",
    "componentList",
    "operationList",
    "auditList",
    "memberList",
    "keyList",
    "invitationList",
    "dataCenterList",
  ] as const;
  const ofComponent = ["componentView", "releaseList", "buildList", "variableList"] as const;

  test("is read by this version, and goes on where it stood", async () => {
    const { deps, ask } = await restored(store);
    for (const name of lists) expect([name, (await ask(name)).status]).toEqual([name, 200]);
    for (const name of ofComponent) expect([name, (await ask(name, { params: component })).status]).toEqual([name, 200]);
    const scaled = await ask("componentScale", { params: component, body: { replicas: 2 } });
    expect(scaled.status).toBe(202);
    await work(deps);
    expect((await ask("operationView", { params: { operation: scaled.body.operation.id } })).status).toBe(200);
  });
  test("as a newer version would leave it, with fields that this one does not know, is read too; they stay when a row is changed, and are not shown", async () => {
    const { deps, ask } = await restored(store, ofTheFuture);
    for (const name of lists) expect([name, (await ask(name)).status]).toEqual([name, 200]);
    const viewed = await ask("componentView", { params: component });
    expect(JSON.stringify(viewed.body)).not.toContain("ofTheFuture");
    expect((await ask("componentScale", { params: component, body: { replicas: 2 } })).status).toBe(202);
    await work(deps);
    const row = await deps.table.get({ pk: `tenant#${store.team}`, sk: `component#${store.component}` });
    const more = { ofTheFuture: { kept: true } };
    const configuration = { ...more, health: more, ports: [more] };
    expect(row?.value).toMatchObject({ replicas: 2, source: more, configuration, ...more });
  });
});
