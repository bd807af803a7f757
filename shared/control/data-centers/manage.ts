import { Fault } from "../../base/fault.ts";
import type { DataCenter } from "../../contract/data-center.ts";
import type { DataCenterId } from "../../contract/id.ts";
import { updateFor, updatesByHand } from "../../domain/data-center.ts";
import type { Connections } from "../../ports/connections.ts";
import type { Write } from "../../ports/table.ts";
import { type Caller, commit, type Follow, onConflictRetry } from "../change.ts";
import { dataCenterNames, type DataCenterRecord, dataCenters } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { viewDataCenter } from "../data-center-view.ts";
import { publish } from "../effects.ts";
import { next, put } from "../entity.ts";
import { findOwnDataCenter } from "../find.ts";
import { nameTaken } from "../name-taken.ts";
import { forgetConnection } from "../realtime/connect.ts";
import { endedDrain } from "./drain.ts";
import { isLeaving } from "./join-token.ts";
import { endedAgent } from "./leave.ts";

interface Changed {
  readonly changes: Partial<DataCenterRecord>;
  readonly writes?: readonly Write[];
  readonly commands?: readonly Follow[];
}

/** One change of a data center: its record, what goes with it, the audit entry. `change` answers nothing when all is as asked. */
const changed = (
  deps: Core,
  caller: Caller,
  id: DataCenterId,
  change: (record: DataCenterRecord) => Changed | Promise<Changed>,
): Promise<{ before: DataCenterRecord; after: DataCenter }> =>
  onConflictRetry(deps, async () => {
    const before = await findOwnDataCenter(deps, caller, id);
    if (before.leaving !== null) throw isLeaving(before.name);
    const { changes, writes = [], commands = [] } = await change(before);
    const record = next(before, changes);
    const audit = Object.keys(changes)
      .filter((path) => path !== "generation")
      .map((path) => ({ path, before: told(before, path), after: told(record, path) }));
    return commit(
      deps,
      caller,
      {
        writes: [put(dataCenters, record), ...writes],
        commands: [publish(caller.tenant, "data-center", id), ...commands],
        audit: { subject: id, changes: audit },
      },
      viewDataCenter(record, deps.clock.now()),
    ).then((after) => ({ before, after }));
  });
/** Hashes are nobody's business. */
const told = (record: DataCenterRecord, path: string): unknown =>
  path === "joinToken" ? (record.joinToken?.expiresAt ?? null) : (record[path as keyof DataCenterRecord] ?? null);

export const renameDataCenter = async (
  deps: Core,
  caller: Caller,
  { dataCenter: id, name }: { dataCenter: DataCenterId; name: string },
): Promise<DataCenter> => {
  const { after } = await changed(deps, caller, id, (before) => {
    const row = (named: string) => ({ tenant: caller.tenant, name: named, dataCenter: id, generation: 1 });
    if (before.name === name) return { changes: { name } };
    return {
      changes: { name },
      writes: [{ kind: "remove", key: dataCenterNames.place(row(before.name)).key }, put(dataCenterNames, row(name))],
    };
  }).catch(nameTaken("data-center", name));
  return after;
};

/** Cordoned: no new components; what runs, and every change of it, goes on. Uncordoning ends a drain: what has begun to move arrives, nothing else begins. */
export const cordonDataCenter = async (
  deps: Core,
  caller: Caller,
  { dataCenter, cordoned }: { dataCenter: DataCenterId; cordoned: boolean },
): Promise<DataCenter> => {
  const { after } = await changed(deps, caller, dataCenter, async (record) => {
    if (cordoned || record.drain === null) return { changes: { cordoned } };
    const { writes, commands } = await endedDrain(deps, record, "cancelled");
    return { changes: { cordoned, drain: null }, writes, commands };
  });
  return after;
};

const byHand = (name: string, version: string): Fault =>
  new Fault(
    "conflict",
    `The chart of the agents of ${name} says upgrades=manual, so they do not bring themselves to ${version}.`,
    {
      next: "Run helm upgrade with the image of that version, or with upgrades=automatic and ask again.",
      reason: "agents.by-hand",
      params: { name, version },
    },
  );

/** The agents hear of it with the next look at what is wanted, for which they are woken. Asked again, they try again what has failed. */
export const updateAgents = async (deps: Core, caller: Caller, id: DataCenterId): Promise<DataCenter> => {
  const { after } = await changed(deps, caller, id, (record) => {
    const version = updateFor(record.agentVersion);
    if (version === null) return { changes: {} };
    if (updatesByHand(record)) throw byHand(record.name, version);
    return {
      changes: { updateAsked: { version, askedAt: deps.clock.now().toISOString() } },
      commands: [{ kind: "wakeDataCenter", version: 1, tenant: caller.tenant, dataCenter: id, cursor: null }],
    };
  });
  return after;
};

/**
 * The agent's key is dead with the commit, whatever it still holds; its session is closed after. What runs in the data center goes on
 * by itself, and is adopted by the agent that joins with a new token. The token that nobody used yet dies too.
 */
export async function revokeDataCenter(
  deps: Core & { readonly connections: Connections },
  caller: Caller,
  id: DataCenterId,
): Promise<DataCenter> {
  const { before, after } = await changed(deps, caller, id, (record) => endedAgent(deps, record));
  if (before.connection !== null) {
    await deps.connections.close(before.connection);
    await forgetConnection(deps, before.connection);
  }
  return after;
}
