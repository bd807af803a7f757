import type { Context } from "aws-lambda";
import { wire } from "../../functions/_runtime/deps.ts";
import { sqsEvent } from "../../infra/local/faas/sqs-event.ts";
import { BuildId, type TenantId } from "../../shared/contract/id.ts";
import { systemCaller } from "../../shared/control/caller.ts";
import { commit } from "../../shared/control/change.ts";
import { builderRows, type ComponentRecord, keyOf } from "../../shared/control/component-tables.ts";
import { read } from "../../shared/control/entity.ts";
import { reportBuild } from "../../shared/control/report-build.ts";
import { setLimits } from "../../shared/control/set-limits.ts";
import { queuedBuild } from "../../shared/control/source-build.ts";
import { newTeam } from "../../shared/control/teams/create-team.ts";
import type { StoredUser } from "../../shared/control/tables.ts";
import type { Queue } from "../../shared/ports/queue.ts";
import type { Table } from "../../shared/ports/table.ts";
import { memoryDeps } from "../support/memory-deps.ts";
import { randomFrom } from "../support/random.ts";
import { workerBuilds as handler } from "../support/functions.ts";

/** Parts that are proven; what is left out is in memory. */
interface Parts {
  readonly queue: Queue;
  readonly table?: Table;
  close(): Promise<void>;
}
interface Sizes {
  readonly builds: number;
  /** How many commands workers take between two builds' ends. A queue that gives no turns is emptied: its commands take moments, builds take minutes. */
  readonly handed: number;
}
const buildersAtOnce = 3;
const source = { kind: "git", url: "https://example.org/shop.git" } as const;

async function startWorld({ queue, table }: Parts) {
  const memory = memoryDeps();
  const deps = {
    ...memory,
    ...(table && { table }),
    queues: { ...memory.queues, builds: queue },
    buildLimits: { ...memory.buildLimits, atOnce: buildersAtOnce },
  };
  wire(deps);
  const team = async (name: string): Promise<TenantId> => {
    const tenant = deps.ids.next("tnt") as TenantId;
    const user = { id: deps.ids.next("usr"), email: `${name}@example.org`, name } as StoredUser;
    await deps.table.transact(newTeam(deps, { user, name, tenant }).writes);
    return tenant;
  };
  /** As a deploy does. */
  const ask = async (tenant: TenantId): Promise<BuildId> => {
    const record = { tenant, id: deps.ids.next("cmp"), credential: null, language: null } as ComponentRecord;
    const operation = deps.ids.next("op") as `op_${string}`;
    const { build, effects } = await queuedBuild(deps, record, { operation, source });
    await commit(deps, systemCaller(tenant, "componentDeploy"), effects, undefined);
    return build.id;
  };
  /** Commands to the deployed worker, up to `limit`; answers how many there were. */
  const work = async (limit: number): Promise<number> => {
    let done = 0;
    while (done < limit) {
      const leased = await queue.lease({ limit: Math.min(10, limit - done), leaseMs: 60_000, waitMs: 0 });
      if (leased.length === 0) break;
      const { batchItemFailures } = await handler(sqsEvent("pluvia-local-builds", leased), {} as Context);
      if (batchItemFailures.length > 0) throw new Error(`a command failed: ${JSON.stringify(memory.logged.slice(-2))}`);
      for (const { receipt } of leased) await queue.ack(receipt);
      done += leased.length;
    }
    return done;
  };
  const running = async () => (await read(deps.table, builderRows, keyOf.builders))?.running ?? [];
  const end = async (tenant: TenantId, build: BuildId): Promise<void> => {
    const failed = { state: "failed", code: "x", message: "x", next: "x", logLine: null } as const;
    await reportBuild(deps, { tenant, build, attempt: undefined, report: { version: 1, sequence: 1, result: failed } });
  };
  return { deps, team, ask, work, running, end };
}

/** A team asks for many builds; then others, one after the other at random moments, for their first. */
export function noisyTeamSuite(name: string, open: () => Promise<Parts>, { builds, handed }: Sizes): void {
  let parts: Parts;
  beforeEach(async () => {
    parts = await open();
  });
  afterEach(() => parts.close());

  test.each([
    ["as many at once as is usual", {}],
    ["all builders of the platform", { buildsAtOnce: builds }],
  ])(
    `Q4: ${name}: a team that may have %s asks for ${builds} builds; another team's first build waits for one of them to end at most`,
    async (_, limits) => {
      const world = await startWorld(parts);
      const noisy = await world.team("noisy");
      await setLimits(world.deps, noisy, limits);
      const random = randomFrom(7);
      for (let at = 0; at < builds; at++) await world.ask(noisy);
      await world.work(handed);
      for (const quiet of ["one", "two", "three", "four"]) {
        const tenant = await world.team(quiet);
        const ends = Math.floor(random() * 5);
        for (let at = 0; at < ends; at++) await endOne(world, { random, handed });
        const build = await world.ask(tenant);
        await world.work(handed);
        if (!(await isRunning(world, build))) await endOne(world, { random, handed });
        expect(await isRunning(world, build)).toBe(true);
        await world.end(tenant, build);
        await world.work(handed);
      }
      expect((await world.running()).every(({ tenant }) => tenant === noisy)).toBe(true);
      expect(await world.running()).toHaveLength("buildsAtOnce" in limits ? buildersAtOnce : world.deps.quota.buildsAtOnce);
    },
  );
}

type World = Awaited<ReturnType<typeof startWorld>>;
const isRunning = async (world: World, build: BuildId) => (await world.running()).some((one) => one.build === build);
async function endOne(world: World, { random, handed }: { random: () => number; handed: number }): Promise<void> {
  const running = await world.running();
  const one = running[Math.floor(random() * running.length)];
  if (!one) throw new Error("no build runs");
  await world.end(one.tenant, BuildId.parse(one.build));
  await world.work(handed);
}
