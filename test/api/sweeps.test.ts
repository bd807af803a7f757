import { beforeEach, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import type { Context, ScheduledEvent } from "aws-lambda";
import { outbox } from "../../shared/control/change.ts";
import { keyOf } from "../../shared/control/component-tables.ts";
import { put } from "../../shared/control/entity.ts";
import { sweepRows } from "../../shared/control/sweep-rows.ts";
import { BuildId, CheckId, OperationId, TenantId } from "../../shared/contract/id.ts";
import type { Key } from "../../shared/ports/table.ts";
import { startWorld, type World } from "../support/components.ts";
import { eventually } from "../support/eventually.ts";
import { sweepOutbox, sweepStorage, sweepWatches } from "../support/functions.ts";
import { type Signed, signUp } from "../support/people.ts";

const source = { kind: "git", url: "https://example.org/shop.git" } as const;
let world: World;
let bob: Signed;
beforeEach(async () => {
  world = await startWorld();
  bob = await signUp(world.api, "bob@example.org");
});
const later = (hours: number) => world.api.deps.clock.advance(hours * 3_600_000);
const run = (sweep: typeof sweepWatches) => sweep({} as ScheduledEvent, {} as Context);

/** A row as nobody can read it: a version that was taken back wrote it, say. */
async function poison(key: Key): Promise<void> {
  const { table } = world.api.deps;
  const row = await table.get(key);
  if (!row) throw new Error(`nothing is at ${key.pk} ${key.sk}`);
  await table.transact([{ kind: "put", row: { ...row, value: { of: "another shape" }, generation: row.generation + 1 } }]);
}
const failures = () =>
  world.api.deps.logged.filter(({ level, message }) => level === "error" && message === "a part of a sweep failed");

/** A deploy and a check under way, of a team of its own. */
async function waiting(who: Signed) {
  const as = { as: who.token, team: who.team };
  const { body: application } = await world.ask("applicationCreate", { ...as, body: { name: "waiting" } });
  const params = { application: application.id };
  const { body: component } = await world.ask("componentCreate", { ...as, params, body: { name: "web", source } });
  const { body: accepted } = await world.ask("componentDeploy", { ...as, params: { component: component.id }, body: {} });
  const { body: check } = await world.ask("checkCreate", { ...as, body: { source } });
  await world.work();
  const { id: operation, build } = accepted.operation;
  const states = async () => [
    (await world.ask("operationView", { ...as, params: { operation } })).body.state,
    (await world.ask("buildView", { ...as, params: { build: build ?? "" } })).body.state,
    (await world.ask("checkView", { ...as, params: { check: check.id } })).body.state,
  ];
  return { operation: OperationId.parse(operation), build: BuildId.parse(build), check: CheckId.parse(check.id), states };
}

/** Hours until each is over, and the ways it ends by. */
const kinds = [
  { kind: "build", hours: 0.6, ends: ["failed", "failed", "blocked"] },
  { kind: "check", hours: 0.6, ends: ["failed", "failed", "blocked"] },
  { kind: "operation", hours: 2, ends: ["failed", "cancelled", "blocked"] },
] as const;
const rows = {
  itself: { build: keyOf.build, check: keyOf.check, operation: keyOf.operation },
  "the watch of it": {
    build: (tenant: TenantId, id: BuildId) => keyOf.watch(tenant, "build", id),
    check: (tenant: TenantId, id: CheckId) => keyOf.watch(tenant, "check", id),
    operation: (tenant: TenantId, id: OperationId) => keyOf.watch(tenant, "operation", id),
  },
};

describe.each(Object.entries(rows))("where %s cannot be read", (_, keys) => {
  test.each(kinds)(
    "one team's $kind is told, the sweep has failed, and others do not wait for it",
    async ({ kind, hours, ends }) => {
      const tenant = TenantId.parse(world.ada.team);
      const mine = await waiting(world.ada);
      const { states } = await waiting(bob);
      const keysOf = {
        build: keys.build(tenant, mine.build),
        check: keys.check(tenant, mine.check),
        operation: keys.operation(tenant, mine.operation),
      };
      await poison(keysOf[kind]);
      await later(hours);
      await expect(run(sweepWatches)).rejects.toThrow();
      expect(await states()).toEqual(ends);
      expect(failures().map(({ fields }) => fields)).toContainEqual(expect.objectContaining({ tenant, id: mine[kind] }));
    },
  );
});

describe("where there is more than there is time for", () => {
  const many = 100;
  /** Commands in the outbox, which are as good as anything to be looked at. */
  beforeEach(async () => {
    const { deps } = world.api;
    const command = {
      kind: "wakeDataCenter",
      version: 1,
      tenant: world.ada.team,
      dataCenter: "dc_0000000000000001",
      cursor: null,
    };
    for (let at = 0; at < many; at++) {
      const row = {
        id: `out_${1_000 + at}`,
        tenant: world.ada.team,
        command,
        delayMs: 0,
        createdAt: deps.clock.now().toISOString(),
      };
      await deps.table.transact([put(outbox, { ...row, generation: 1 } as never)]);
    }
  });
  const sweep = (look: (id: string) => Promise<void>) =>
    sweepRows(world.api.deps, { pk: "outbox", byIndex: true }, outbox, (_, { id }) => look(id));

  test("some are looked at side by side, and each before any is again", async () => {
    const looked: string[] = [];
    let [now, most] = [0, 0];
    const look = async (id: string) => {
      looked.push(id);
      most = Math.max(most, ++now);
      await world.api.deps.clock.advance(5_000);
      now--;
    };
    const { looked: first } = await sweep(look);
    expect([first > 1, first < many, most > 1, most <= 16]).toEqual([true, true, true, true]);
    while (looked.length < many) await sweep(look);
    expect(new Set(looked.slice(0, many)).size).toBe(many);
    while (looked.length < 2 * many) await sweep(look);
    expect(new Set(looked.slice(many, 2 * many)).size).toBe(many);
  });
  test("one that never ends keeps none of the others waiting, this time or the next", async () => {
    const { clock } = world.api.deps;
    const looked = new Set<string>();
    const look = async (id: string) => {
      looked.add(id);
      if (id === "out_1000") return new Promise<void>(() => {});
      await clock.advance(5_000);
    };
    await eventually("all are looked at", async () => {
      void sweep(look);
      await clock.advance(30_000);
      return looked.size === many;
    });
  });
});

test("A1: a command in the outbox that nobody knows any more stops none of those behind it", async () => {
  const { deps } = world.api;
  const createdAt = deps.clock.now().toISOString();
  const command = { kind: "purgeComponent", version: 1, component: "cmp_0000000000000009" } as const;
  const rows = [
    [world.ada, "out_1"],
    [bob, "out_2"],
  ] as const;
  for (const [{ team }, id] of rows) {
    const row = { id, tenant: team, command: { ...command, tenant: team }, delayMs: 0, createdAt, generation: 1 };
    await deps.table.transact([put(outbox, row as never)]);
  }
  await poison({ pk: `tenant#${world.ada.team}`, sk: "outbox#out_1" });
  await later(1);
  await expect(run(sweepOutbox)).rejects.toThrow();
  const sent = await deps.queues.chores.lease({ limit: 10, leaseMs: 1_000, waitMs: 0 });
  expect(sent.map(({ tenant }) => tenant)).toEqual([bob.team]);
  expect(failures().map(({ fields }) => fields)).toEqual([expect.objectContaining({ tenant: world.ada.team, id: "out_1" })]);
});

test("W6: what one team stored and nobody can read keeps nothing of another team's", async () => {
  const { deps } = world.api;
  const content = "never used";
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  // Teams are looked at in the order of their ids.
  const [first, second] = [world.ada, bob].toSorted((a, b) => (a.team < b.team ? -1 : 1)) as [Signed, Signed];
  for (const { token, team } of [first, second]) {
    const body = { fileName: "a.zip", sizeBytes: content.length, digest };
    const begun = await world.ask("uploadCreate", { as: token, team, body });
    deps.blobs.fetch(begun.body, Buffer.from(content));
  }
  await poison({ pk: `tenant#${first.team}`, sk: `blob#${digest}` });
  await later(25);
  await expect(run(sweepStorage)).rejects.toThrow();
  const has = ({ team }: Signed) => deps.blobs.has({ namespace: team, digest });
  expect([await has(first), await has(second)]).toEqual([true, false]);
  expect(failures().map(({ fields }) => fields)).toEqual([expect.objectContaining({ tenant: first.team })]);
});
