import { wire } from "../../functions/_runtime/deps.ts";
import { memoryTable } from "../../shared/adapters/memory/table.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import type { OperationName } from "../../shared/contract/operations.ts";
import { operations } from "../../shared/contract/operations.ts";
import { credentialOf } from "../../shared/domain/credential.ts";
import type { Row, Table } from "../../shared/ports/table.ts";
import { type Api, type Ask, type Got, startApi } from "../support/api.ts";
import { judged } from "../support/judge.ts";
import { type Ground, makeGround, makeRealms, type Realm } from "./realm.ts";
import { type Sample, samples } from "./samples.ts";

export interface Actor {
  /** Heading in the golden file. */
  readonly name: string;
  readonly ask: Ask;
}
export const table: readonly (readonly [OperationName, ApiOperation])[] = Object.entries(operations) as never;

/** Two teams with everything in them on one platform, and everyone who might call. */
export interface Matrix {
  readonly home: Realm;
  readonly foreign: Realm;
  readonly actors: readonly Actor[];
  /** Calls the operation in the world as it was made. */
  readonly call: (name: OperationName, actor: Actor, sample?: Sample<OperationName>) => Promise<Called>;
  /** Calls it several times in one world. */
  readonly repeat: (name: OperationName, actor: Actor, headers: readonly Record<string, string>[]) => Promise<Called[]>;
  readonly sampleFor: (name: OperationName, actor: Actor) => Sample<OperationName>;
}
export interface Called {
  readonly got: Got<unknown>;
  readonly before: ReadonlyMap<string, Row>;
  readonly after: ReadonlyMap<string, Row>;
  /** Partitions read or written. */
  readonly touched: readonly string[];
  readonly logged: readonly unknown[];
}

export async function makeMatrix(): Promise<Matrix> {
  const api = await startApi();
  const ground = await makeGround(api);
  const [home, foreign] = (await makeRealms(api, ground, ["home", "foreign"])) as [Realm, Realm];
  const invitationFor = new Map([...home.invitationFor, ...foreign.invitationFor]);
  const sampleFor: Matrix["sampleFor"] = (name, { ask }) => samples[name]({ ...home, invitationFor }, ask.as ?? "");
  const call = worldOf(api);
  return {
    home,
    foreign,
    actors: await actorsOf(api, ground, home, foreign),
    sampleFor,
    call: async (name, actor, sample = sampleFor(name, actor)) => {
      const [called] = await call(name, [{ ...actor.ask, ...sample } as Ask]);
      return called as Called;
    },
    repeat: (name, actor, headers) =>
      call(
        name,
        headers.map((h) => ({ ...actor.ask, ...sampleFor(name, actor), headers: h }) as Ask),
      ),
  };
}

/** Each call sees the world as it was made: what an earlier call wrote is undone first. */
function worldOf(api: Api) {
  const made = (api.deps.table as ReturnType<typeof memoryTable>).rows;
  const rows = [...made.values()];
  let unspoilt: ReturnType<typeof memoryTable> | undefined;
  return async (name: OperationName, asks: readonly Ask[]): Promise<Called[]> => {
    const world = unspoilt ?? (await tableOf(rows));
    const calls: Called[] = [];
    let written = false;
    for (const ask of asks) {
      const before = new Map(world.rows);
      const touched: string[] = [];
      const watched = watch(judged(world), (pk, writes) => {
        touched.push(pk);
        written ||= writes;
      });
      api.deps.logged.length = 0;
      wire({ ...api.deps, table: watched });
      const got = await api.ask(name, ask);
      calls.push({ got, before, after: new Map(world.rows), touched, logged: [...api.deps.logged] });
    }
    unspoilt = written ? undefined : world;
    return calls;
  };
}

function watch(table: Table, saw: (pk: string, writes: boolean) => void): Table {
  return {
    get: (key) => {
      saw(key.pk, false);
      return table.get(key);
    },
    getAll: (keys) => {
      for (const key of keys) saw(key.pk, false);
      return table.getAll(keys);
    },
    query: (query) => {
      saw(query.pk, false);
      return table.query(query);
    },
    transact: (writes) => {
      for (const write of writes) saw("key" in write ? write.key.pk : write.row.pk, true);
      return table.transact(writes);
    },
  };
}

async function tableOf(rows: readonly Row[]) {
  const fresh = memoryTable();
  for (let at = 0; at < rows.length; at += 100)
    await fresh.transact(rows.slice(at, at + 100).map((row) => ({ kind: "put" as const, row })));
  return fresh;
}

async function actorsOf(api: Api, { agent, revokedAgent }: Ground, home: Realm, foreign: Realm): Promise<Actor[]> {
  const inTeam = (name: string, as: string): Actor => ({ name, ask: { as, team: home.team } });
  const alone = (name: string, as: string): Actor => ({ name, ask: { as } });
  return [
    { name: "anonymous", ask: {} },
    alone("garbage", credentialOf("key", "A".repeat(43))),
    inTeam("owner", home.owner.token),
    inTeam("developer", home.developer.token),
    inTeam("viewer", home.viewer.token),
    inTeam("removed", home.removed.token),
    inTeam("foreign naming the team", foreign.owner.token),
    { name: "foreign", ask: { as: foreign.owner.token, team: foreign.team } },
    alone("foreign key", foreign.keys.owner),
    alone("key owner", home.keys.owner),
    alone("key developer", home.keys.developer),
    alone("key viewer", home.keys.viewer),
    alone("key for it", home.keys.fitting),
    alone("key for another", home.keys.narrowed),
    alone("key expired", home.keys.expired),
    alone("key revoked", home.keys.revoked),
    alone("agent", await agent.token()),
    alone("agent revoked", await revokedAgent.token()),
    alone("builder", home.buildToken),
    alone("foreign builder", foreign.buildToken),
    alone("stream ticket", await api.deps.tokens.sign("stream", { sub: home.build, tenant: home.team }, 600)),
  ];
}

/** Every id of a realm that a request may name or an answer may tell. */
export const idsOf = (realm: Realm): string[] =>
  [
    realm.team,
    realm.owner.user,
    realm.developer.user,
    realm.viewer.user,
    realm.member.user,
    realm.invitation.id,
    realm.spareKey,
    realm.application,
    realm.other,
    realm.component,
    realm.stopped,
    realm.release,
    realm.build,
    realm.operation,
    realm.check,
    realm.upload,
    realm.ownDataCenter,
  ] as string[];
