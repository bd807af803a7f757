import { Fault, faultOf, isFault } from "../../base/fault.ts";
import { ClientFrame, errorFrame, type ServerFrame } from "../../contract/stream.ts";
import { allowed } from "../../domain/authorize.ts";
import type { Connections } from "../../ports/connections.ts";
import { systemCaller } from "../caller.ts";
import { commit } from "../change.ts";
import { listAll, put, read } from "../entity.ts";
import { forTeam } from "../tenant-scope.ts";
import { actionOf, type Channel, type ChannelDeps, channelOf, publishFor, snapshotOf } from "./channel.ts";
import { type Connection, connectionKey, connections, type MemberOpened, type Subscription, subscriptions } from "./tables.ts";

export type FrameDeps = ChannelDeps & { readonly connections: Connections };
type Subscribe = Extract<ClientFrame, { type: "subscribe" }>;

/** A console page listens to a handful; a wall of screens to some dozens. */
const subscriptionsMax = 100;

/** One frame of a client. What is wrong with it is told to the client; the connection stays. */
export async function receiveFrame(deps: FrameDeps, id: string, text: string): Promise<void> {
  const send = (frame: ServerFrame) => deps.connections.send(id, JSON.stringify(frame));
  const frame = parsedFrame(text);
  // By far the most frequent one: it asks the store for nothing.
  if (!isFault(frame) && frame.type === "ping") return void (await send({ type: "pong" }));
  const connection = await read(deps.table, connections, connectionKey(id));
  if (!connection) return deps.connections.close(id);
  try {
    await act(deps, connection, frame, send);
  } catch (error) {
    const fault = faultOf(error);
    if (fault.code === "internal") deps.log.error({ connection: id, error: fault.cause ?? error }, fault.message);
    await send(errorFrame(isFault(frame) || !("id" in frame) ? null : frame.id, fault));
  }
}

function parsedFrame(text: string): ClientFrame | Fault {
  try {
    return ClientFrame.parse(JSON.parse(text));
  } catch (cause) {
    return new Fault("invalid", "This frame is not one of the protocol.", {
      next: "See the stream protocol in the API document.",
      reason: "frame.unknown",
      cause,
    });
  }
}

type Send = (frame: ServerFrame) => Promise<boolean>;
async function act(
  deps: FrameDeps,
  connection: Connection,
  frame: Exclude<ClientFrame, { type: "ping" }> | Fault,
  send: Send,
): Promise<void> {
  if (isFault(frame)) throw frame;
  const { opened } = connection;
  if (opened.kind === "agent" || frame.type === "input" || frame.type === "resize") {
    throw new Fault("invalid", `A ${frame.type} frame has no meaning here.`, {
      next: "Terminals are opened at the data center.",
      reason: "frame.unknown",
    });
  }
  const team = forTeam(deps, opened.tenant);
  if (frame.type === "unsubscribe") {
    await team.table.transact([{ kind: "remove", key: { pk: `connection#${connection.id}`, sk: `subscription#${frame.id}` } }]);
  } else {
    await subscribe(team, { connection: connection.id, opened, frame }, send);
  }
}

async function subscribe(
  deps: FrameDeps,
  asked: { connection: string; opened: MemberOpened; frame: Subscribe },
  send: Send,
): Promise<void> {
  const { connection, opened, frame } = asked;
  const channel = channelOf(frame.channel);
  if (!allowed(opened.role, actionOf(channel)))
    throw new Fault("forbidden", `The role ${opened.role} may not listen to this.`, {
      next: "Ask an owner of the team.",
      reason: "role.insufficient",
      params: { role: opened.role },
    });
  const before = await listAll(deps.table, subscriptions, { pk: `connection#${connection}`, prefix: "subscription#" });
  if (before.length >= subscriptionsMax)
    throw new Fault("exhausted", `A connection has at most ${subscriptionsMax} subscriptions.`, {
      next: "End some first.",
      reason: "streams.many",
    });
  const old = before.find((s) => s.id === frame.id);
  const sent = await startOf(deps, opened, channel, frame);
  const subscription: Subscription = {
    connection,
    id: frame.id,
    tenant: opened.tenant,
    channel: frame.channel,
    sent,
    search: frame.search?.toLowerCase() ?? null,
    follow: frame.follow,
    caughtUp: false,
    openedAt: deps.clock.now().toISOString(),
    generation: (old?.generation ?? 0) + 1,
  };
  await send({ type: "subscribed", id: frame.id, resumed: frame.after !== undefined && channel.kind !== "team" });
  // What there is to send goes the way of all that follows, so that it cannot overtake or be overtaken.
  const first = publishFor(opened.tenant, channel);
  await commit(
    deps,
    systemCaller(opened.tenant, "subscribe"),
    { writes: [put(subscriptions, subscription)], commands: first ? [first] : [] },
    undefined,
  );
}

/** The number after which things are sent. Also decides whether the asker may see the channel's thing at all. */
async function startOf(deps: FrameDeps, reader: MemberOpened, channel: Channel, frame: Subscribe): Promise<number> {
  const now = await snapshotOf(deps, reader, channel);
  if (!now || !("count" in now)) return frame.after ?? 0;
  if (frame.tail !== undefined) return Math.max(0, now.count - frame.tail);
  return frame.after ?? now.count;
}
