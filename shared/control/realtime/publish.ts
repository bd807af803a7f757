import { isFault } from "../../base/fault.ts";
import type { LogLine } from "../../contract/agent.ts";
import type { Command } from "../../contract/commands.ts";
import type { ServerFrame } from "../../contract/stream.ts";
import type { Connections } from "../../ports/connections.ts";
import { linesAfter } from "../build-log.ts";
import { onConflictRetry } from "../change.ts";
import { listAll, next, put, read } from "../entity.ts";
import { type ChannelDeps, channelOf, channelsOf, type Lines, type Snapshot, snapshotOf } from "./channel.ts";
import { forgetConnection } from "./connect.ts";
import { linesFrames, snapshotFrame } from "./frames.ts";
import { mayHear } from "./may-hear.ts";
import { membershipNow } from "./membership.ts";
import { forTeam } from "../tenant-scope.ts";
import { channelPartition, connectionKey, connections, type MemberOpened, type Subscription, subscriptions } from "./tables.ts";

export type PublishDeps = ChannelDeps & { readonly connections: Connections };
type Publish = Extract<Command, { kind: "publish" }>;

/**
 * Sends what is new to everyone who listens. The command only says "look again": what is sent is what there is now and the client has
 * not got yet. Commands about one thing come one after the other, so a client's frames keep their order.
 */
export async function publishChange(own: PublishDeps, command: Publish): Promise<void> {
  const deps = forTeam(own, command.tenant);
  for (const channel of channelsOf(command)) {
    const listening = await listAll(deps.table, subscriptions, {
      pk: channelPartition(command.tenant, channel),
      byIndex: true,
    });
    await Promise.all(listening.map((subscription) => deliver({ own, deps }, subscription, command)));
  }
}

/** `own`: not the team's; people are of no team. */
interface Told {
  readonly own: PublishDeps;
  readonly deps: PublishDeps;
}
async function deliver({ own, deps }: Told, subscription: Subscription, command: Publish): Promise<void> {
  const connection = await read(deps.table, connections, connectionKey(subscription.connection));
  if (connection?.opened.kind !== "member") return forgetConnection(deps, subscription.connection);
  const reader = await membershipNow(own, connection.opened);
  if (!reader) {
    await deps.connections.close(connection.id);
    return forgetConnection(deps, connection.id);
  }
  const isThere = await delivered(deps, subscription, reader, command);
  if (!isThere) await forgetConnection(deps, subscription.connection);
}

/** false: the connection is gone. */
async function delivered(deps: PublishDeps, s: Subscription, reader: MemberOpened, command: Publish): Promise<boolean> {
  if (s.channel === "team") return (await mayHear(deps, reader, command)) ? sendChanged(deps, s, command) : true;
  const now = await visible(deps, s, reader);
  if (now === undefined) return sendEnded(deps, s, "It was removed.");
  return "count" in now ? sendLines(deps, s, now) : sendSnapshot(deps, s, now);
}

async function visible(deps: PublishDeps, s: Subscription, reader: MemberOpened): Promise<Snapshot | Lines | undefined> {
  try {
    return await snapshotOf(deps, reader, channelOf(s.channel));
  } catch (error) {
    if (isFault(error, "not_found")) return undefined;
    throw error;
  }
}

const send = (deps: PublishDeps, s: Subscription, frame: ServerFrame): Promise<boolean> =>
  deps.connections.send(s.connection, JSON.stringify(frame));

/** Sent before it is kept as sent: after a crash in between it comes again, and the client knows its number already. */
async function keepSent(deps: PublishDeps, s: Subscription, changes: Partial<Subscription>): Promise<Subscription> {
  const after = next(s, changes);
  await deps.table.transact([put(subscriptions, after)]).catch(endedMeanwhile);
  return after;
}
/** The client has unsubscribed or subscribed anew: then its new subscription has a number of its own. */
const endedMeanwhile = (error: unknown): void => {
  if (!isFault(error, "conflict")) throw error;
};

/** Changes of many things come side by side here: the number is taken first, so that it is never given twice. */
async function sendChanged(deps: PublishDeps, s: Subscription, { resource, resourceId }: Publish): Promise<boolean> {
  const taken = await onConflictRetry(deps, async () => {
    const current = await read(deps.table, subscriptions, subscriptions.place(s).key);
    if (!current) return undefined;
    const after = next(current, { sent: current.sent + 1 });
    await deps.table.transact([put(subscriptions, after)]);
    return after;
  });
  if (!taken) return true;
  return send(deps, s, { type: "data", id: s.id, sequence: taken.sent, data: { kind: "changed", resource, resourceId } });
}

async function sendSnapshot(deps: PublishDeps, s: Subscription, now: Snapshot): Promise<boolean> {
  const isNews = now.sequence > s.sent;
  if (isNews && !(await send(deps, s, snapshotFrame(s.id, now)))) return false;
  if (!s.caughtUp && !(await send(deps, s, { type: "caught-up", id: s.id, sequence: now.sequence }))) return false;
  if (!s.follow) return sendEnded(deps, s, "This is what there is.");
  if (isNews || !s.caughtUp) await keepSent(deps, s, { sent: Math.max(s.sent, now.sequence), caughtUp: true });
  return true;
}

/** Some thousand lines are some hundred KB: a step that fits any memory. */
const linesMax = 2_000;
async function sendLines(deps: PublishDeps, subscription: Subscription, now: Lines): Promise<boolean> {
  let s = subscription;
  while (s.sent < now.count) {
    const lines = await linesAfter(deps, { tenant: s.tenant, id: now.build }, s.sent, linesMax);
    const last = lines.at(-1);
    if (!last) break;
    for (const frame of linesFrames(s.id, lines.filter(matching(s.search)))) if (!(await send(deps, s, frame))) return false;
    s = await keepSent(deps, s, { sent: last.sequence });
  }
  if (!s.caughtUp) {
    if (!(await send(deps, s, { type: "caught-up", id: s.id, sequence: s.sent }))) return false;
    s = await keepSent(deps, s, { caughtUp: true });
  }
  if (now.ended) return sendEnded(deps, s, "The build has ended.");
  return s.follow ? true : sendEnded(deps, s, "This is what there is.");
}
const matching = (search: string | null) => (line: LogLine) => search === null || line.text.toLowerCase().includes(search);

async function sendEnded(deps: PublishDeps, s: Subscription, reason: string): Promise<boolean> {
  const isThere = await send(deps, s, { type: "ended", id: s.id, reason });
  await deps.table.transact([{ kind: "remove", key: subscriptions.place(s).key }]);
  return isThere;
}
