import { createSocket } from "node:dgram";
import { createServer } from "node:net";

// Below what the gateway gives to TCP (30,000), and what the kernel gives to clients (32,768), and above the ports of test clusters (21,000 to 21,500), so that
// nobody takes a port before its server listens, or while that is away.
const from = 22_000;
const pairs = 4_000;

const free = (port: number) =>
  new Promise<boolean>((answer) => {
    const server = createServer();
    server.once("error", () => answer(false));
    server.listen(port, "127.0.0.1", () => server.close(() => answer(true)));
  });

/** Other processes ask here, too: its UDP port, which nobody uses, is held until this one ends. */
const held = (port: number) =>
  new Promise<boolean>((answer) => {
    const socket = createSocket("udp4");
    socket.once("error", () => answer(false));
    socket.bind({ port, address: "127.0.0.1", exclusive: true }, () => answer(true));
    socket.unref();
  });

/** A port on the loopback whose next one is free too: the platform takes both. */
export async function freePorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = from + Math.floor(Math.random() * pairs) * 2;
    if ((await held(port)) && (await free(port)) && (await free(port + 1))) return port;
  }
  throw new Error("no two free ports next to each other");
}
