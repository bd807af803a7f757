import { acceptAgent, dropAgent } from "./agent-connection.ts";
import type { DataCenterRecord } from "../component-tables.ts";
import type { Core } from "../core.ts";
import { listAll, put, read } from "../entity.ts";
import { type Connection, connectionKey, connectionMs, connections, subscriptions } from "./tables.ts";

/** `at`: when its client opened it, which may be told late. */
export async function openConnection(deps: Core, id: string, opened: Connection["opened"], at: Date): Promise<void> {
  await deps.table.transact([put(connections, { id, opened, openedAt: at.toISOString(), generation: 1 })]);
  if (opened.kind !== "agent") return;
  await acceptAgent(
    deps,
    { id: opened.agent, dataCenter: opened.dataCenter },
    { id, at, ms: connectionMs, unless: isOpenedLater(at) },
  );
}

/** Another took its place before this one was told. One of the future is no other: the clock was set back. */
const isOpenedLater =
  (at: Date) =>
  ({ connection, connectedUntil }: DataCenterRecord, now: Date): boolean => {
    const opened = Date.parse(connectedUntil ?? "") - connectionMs;
    return connection !== null && opened > at.getTime() && opened <= now.getTime();
  };

/** Forgets a connection and what it listened to. Twice is once. */
export async function forgetConnection(deps: Core, id: string): Promise<void> {
  const [connection, listening] = await Promise.all([
    read(deps.table, connections, connectionKey(id)),
    listAll(deps.table, subscriptions, { pk: `connection#${id}`, prefix: "subscription#" }),
  ]);
  for (let at = 0; at < listening.length; at += 100)
    await deps.table.transact(
      listening.slice(at, at + 100).map((s) => ({ kind: "remove" as const, key: subscriptions.place(s).key })),
    );
  if (!connection) return;
  const { opened } = connection;
  if (opened.kind === "agent") await dropAgent(deps, { id: opened.agent, dataCenter: opened.dataCenter }, id);
  await deps.table.transact([{ kind: "remove", key: connectionKey(id) }]);
}
