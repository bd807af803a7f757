import middy from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import { faultOf } from "../../shared/base/fault.ts";
import { statusOf } from "./answer.ts";
import { type AgentCaller, agentOf, assertOrigin, credentialIn, type Membership, membershipOf } from "./caller.ts";
import { type Deps, deps } from "./deps.ts";
import { type Known, observed } from "./observed.ts";

/** Who opened a connection: an agent, or someone for a team (`?team=tnt_…`, as browsers cannot send headers with it). */
export type Opener =
  | { readonly kind: "agent"; readonly agent: AgentCaller }
  | { readonly kind: "member"; readonly membership: Membership };
export interface SocketCalls {
  /** A thrown fault refuses the connection. */
  readonly connect: (opened: { connection: string; at: Date; opener: Opener; deps: Deps }) => Promise<void>;
  /** Text of one frame, not parsed. */
  readonly message: (sent: { connection: string; frame: string; deps: Deps }) => Promise<void>;
  /** Comes after every connection that was accepted, sooner or later, perhaps twice. */
  readonly disconnect: (closed: { connection: string; deps: Deps }) => Promise<void>;
}

/** API Gateway adds the request's headers and query to $connect alone; its types leave them out. */
type Event = APIGatewayProxyWebsocketEventV2 & {
  readonly headers?: APIGatewayProxyEventV2["headers"];
  readonly queryStringParameters?: Record<string, string | undefined>;
};

export const socket = (calls: SocketCalls) =>
  middy<Event, APIGatewayProxyStructuredResultV2>().handler(async (event: Event) => {
    const { connectionId: connection, routeKey } = event.requestContext;
    const doing = { kind: "frame", name: nameOf[routeKey] ?? "realtimeMessage", fields: { connection } } as const;
    return observed(deps(), doing, async (all, known) => {
      try {
        await serve(calls, all, event, known);
        return { statusCode: 200 };
      } catch (error) {
        const fault = faultOf(error);
        known.failure = fault.code;
        const told = { code: fault.code, detail: fault.detail, error: fault.cause };
        if (fault.code === "internal") all.log.error({ ...told, error }, fault.message);
        else all.log.debug(told, fault.message);
        return { statusCode: statusOf[fault.code], body: fault.message };
      }
    });
  });

const nameOf: Readonly<Record<string, string>> = { $connect: "realtimeConnect", $disconnect: "realtimeDisconnect" };

async function serve(calls: SocketCalls, all: Deps, event: Event, known: Known): Promise<void> {
  const { connectionId: connection, connectedAt, routeKey } = event.requestContext;
  if (routeKey === "$disconnect") return calls.disconnect({ connection, deps: all });
  if (routeKey !== "$connect") return calls.message({ connection, frame: event.body ?? "", deps: all });
  const opener = await openerOf(all, event);
  if (opener.kind === "member") known.tenant = opener.membership.tenant;
  return calls.connect({ connection, at: new Date(connectedAt), opener, deps: all });
}

async function openerOf(all: Deps, event: Event): Promise<Opener> {
  const carried = { headers: event.headers ?? {} };
  const credential = credentialIn(all, carried);
  // Any page may open a WebSocket and the browser sends our cookie with it: the origin alone tells whose page it is.
  if (credential?.byCookie) assertOrigin(all, carried);
  if (credential && !credential.token.startsWith("pluvia_")) return { kind: "agent", agent: await agentOf(all, carried) };
  const { person: _person, ...membership } = await membershipOf(all, carried, { team: event.queryStringParameters?.["team"] });
  return { kind: "member", membership };
}
