import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { Duplex } from "node:stream";

type Take = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface HandOverParts {
  /** `host:port` of the replica that leads, where its gateway answers; undefined: none is known. */
  readonly leader: () => Promise<string | undefined>;
  /** Of this replica. */
  readonly own: string;
  readonly serve: Take;
}

/** On what was handed over: whoever gets it serves it, even if it does not lead any more. */
const mark = "pluvia-handed-over";

const requestText = ({ method, url, rawHeaders }: IncomingMessage): string => {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return [...lines, `${mark}: 1`, "", ""].join("\r\n");
};

function pass(request: IncomingMessage, client: Duplex, head: Buffer, to: string): void {
  const at = to.lastIndexOf(":");
  const leader = connect({ host: to.slice(0, at), port: Number(to.slice(at + 1)) });
  for (const [one, other] of [[client, leader] as const, [leader, client] as const]) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
    one.pipe(other);
  }
  leader.write(requestText(request));
  leader.write(head);
}

/**
 * Streams are served by the replica that leads, whichever of them the client has reached: numbers of log lines and open terminals are one replica's
 * own, and a client that comes back must find them again.
 */
export const handOver = ({ leader, own, serve }: HandOverParts): Take => {
  const route = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const to = request.headers[mark] === undefined ? await leader().catch(() => undefined) : own;
    // A connection to the leader would outlive one that is closed already.
    if (socket.destroyed) return;
    if (to === undefined || to === own) serve(request, socket, head);
    else pass(request, socket, head, to);
  };
  return (request, socket, head) => {
    route(request, socket, head).catch((error: unknown) => {
      process.emitWarning(error as Error, { code: "HAND_OVER" });
      socket.destroy();
    });
  };
};
