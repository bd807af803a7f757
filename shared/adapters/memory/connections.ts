import type { Connections } from "../../ports/connections.ts";
import { checkFrame } from "../frame-rules.ts";

export interface MemoryConnections extends Connections {
  /** Frames sent to each connection, oldest first. */
  readonly frames: ReadonlyMap<string, readonly string[]>;
  readonly live: ReadonlySet<string>;
  open(connection: string): void;
}

export function memoryConnections(): MemoryConnections {
  const frames = new Map<string, string[]>();
  const live = new Set<string>();
  return {
    frames,
    live,
    open: (connection) => {
      live.add(connection);
      frames.set(connection, []);
    },
    send: async (connection, frame) => {
      checkFrame(frame);
      if (live.has(connection)) frames.get(connection)?.push(frame);
      return live.has(connection);
    },
    close: async (connection) => {
      live.delete(connection);
    },
  };
}
