import type { Duplex } from "node:stream";

/** Says no, and waits for nobody: an upgraded connection is not the HTTP server's any more, which would wait for it when it stops. */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
