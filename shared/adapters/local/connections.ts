import type { Connections } from "../../ports/connections.ts";
import { checkFrame } from "../frame-rules.ts";

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
    checkFrame(frame);
    return (await sockets.get(connection)?.send(frame)) ?? false;
  },
  close: async (connection) => sockets.get(connection)?.close(),
});
