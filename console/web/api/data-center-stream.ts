import type { Stream, StreamState } from "../../../shared/client/streams.ts";
import type { ComponentId } from "../../../shared/contract/id.ts";
import { client } from "./client.ts";

interface Wanted {
  readonly component: ComponentId;
  readonly kind: "log" | "terminal";
  /** Of a terminal; null: any. */
  readonly instance?: string | null;
  readonly onState: (state: StreamState) => void;
}

const ticketFor = ({ component, kind, instance }: Wanted) =>
  kind === "log"
    ? client.ticketCreate({ params: { component } })
    : client.terminalCreate({ params: { component }, body: { instance: instance ?? null } });

/** A stream from the data center itself; each connection brings a new one-time ticket. */
export async function openDataCenterStream(wanted: Wanted): Promise<Stream> {
  const { openStream } = await import("../../../shared/client/streams.ts");
  return openStream({
    url: async () => {
      const { url, ticket } = await ticketFor(wanted);
      const target = new URL(url);
      target.searchParams.set("ticket", ticket);
      return target.href;
    },
    connect: (url) => new WebSocket(url),
    onState: wanted.onState,
  });
}
