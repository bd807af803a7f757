import { Fault } from "../../base/fault.ts";
import type { Connections } from "../../ports/connections.ts";

/** API Gateway's limit of a frame. */
export const frameBytesMax = 32 * 1024;

export interface LiveSocket {
  /** Resolves once the frame is handed to the network; false when the socket is gone. */
  send(frame: string): Promise<boolean>;
  close(): void;
}

/** Of this process: the FaaS that holds the sockets and the functions that send to them run in the same one. */
const sockets = new Map<string, LiveSocket>();

export const registerSocket = (connection: string, socket: LiveSocket): void => void sockets.set(connection, socket);
export const forgetSocket = (connection: string): void => void sockets.delete(connection);

export const localConnections = (): Connections => ({
  send: async (connection, frame) => {
    if (Buffer.byteLength(frame) > frameBytesMax)
      throw new Fault("too_large", "A frame is over 32 KB.", { next: "Send it in parts." });
    return (await sockets.get(connection)?.send(frame)) ?? false;
  },
  close: async (connection) => sockets.get(connection)?.close(),
});
