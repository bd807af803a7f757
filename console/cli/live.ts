import { openStream, type Stream } from "../../shared/client/streams.ts";
import type { Context } from "./context.ts";
import { TimedOut } from "./failure.ts";

/** Node's own WebSocket takes headers, which the one in browsers (and so its type) does not know. */
const connectWith = (headers: Record<string, string>) => (url: string) => new WebSocket(url, { headers } as unknown as string[]);

/** The platform's stream of operations and builds, as the caller. */
export function openRealtime(context: Context): Stream {
  const team = context.clientOptions.team?.();
  const url = `${context.url.replace(/^http/, "ws")}/v1/realtime${team ? `?team=${team}` : ""}`;
  const headers = { ...(context.bearer && { authorization: `Bearer ${context.bearer}` }), ...(team && { "pluvia-team": team }) };
  return openStream({ url: async () => url, connect: connectWith(headers) });
}

/** A data center's stream must answer within this; one that is away does not. */
export const answerMs = 20_000;
export const noAnswer = (): TimedOut =>
  new TimedOut("The data center did not answer.", 'See "pluvia data-centers" for whether it is connected, and try again.');

/** A data center's stream, each connection with a new one-time ticket. */
export const openTicketed = (
  ticket: () => Promise<{ url: string; ticket: string }>,
  onState?: Parameters<typeof openStream>[0]["onState"],
): Stream =>
  openStream({
    url: async () => {
      const { url, ticket: value } = await ticket();
      return `${url}${url.includes("?") ? "&" : "?"}ticket=${encodeURIComponent(value)}`;
    },
    connect: (url) => new WebSocket(url),
    ...(onState && { onState }),
  });
