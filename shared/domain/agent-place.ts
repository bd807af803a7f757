import type { AgentPlace } from "../contract/agent.ts";
import { AgentId } from "../contract/id.ts";

/** A broker at which agents listen. It may be shared: names of ours begin with `name`, which is also that of who is asked for who may listen. */
export interface Broker {
  readonly url: string;
  readonly name: string;
}

/** Pings cost nothing (AWS meters none from 30 s on), keep networks in between awake, and tell within 90 s that an agent is gone. */
const keepAliveSeconds = 60;
/** AWS ends a session that a function of ours has let in after a day. */
export const brokerSessionSeconds = 24 * 3_600;

const clientOf = ({ name }: Pick<Broker, "name">, agent: string): string => `${name}-${agent}`;
export function agentOfClient({ name }: Pick<Broker, "name">, client: string): AgentId | undefined {
  return client.startsWith(`${name}-`) ? AgentId.safeParse(client.slice(name.length + 1)).data : undefined;
}

/** null: there is no broker, the platform's own WebSocket costs nothing here. */
export const placeOfAgent = (broker: Broker | null, agent: AgentId): AgentPlace =>
  broker === null
    ? { kind: "socket" }
    : {
        kind: "broker",
        url: broker.url,
        client: clientOf(broker, agent),
        username: `agent?x-amz-customauthorizer-name=${broker.name}`,
        keepAliveSeconds,
      };

/** What a broker tells of a client: `version` grows with each of its sessions, and begins anew when it was away for an hour. */
export interface Presence {
  readonly client: string;
  readonly session: string;
  readonly version: number;
}
const kind = "broker";
/** The name of a session at the broker, among those of the platform's own WebSockets. */
export const connectionOf = ({ client, session, version }: Presence): string => [kind, client, version, session].join("#");
export function presenceOf(connection: string): Presence | undefined {
  const [of, client, version, session] = connection.split("#");
  return of === kind && client && session ? { client, session, version: Number(version) } : undefined;
}

/** Such news may come out of order: whether a session came after the one that is held, which began `heldMs` ago. */
export function isLater(held: string | null, came: Presence, heldMs: number): boolean {
  const before = held === null ? undefined : presenceOf(held);
  return before === undefined || heldMs > 3_600_000 || came.version >= before.version;
}
