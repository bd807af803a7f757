import { createServer } from "node:net";

// Below what the gateway gives to TCP (30,000), and what the kernel gives to clients (32,768), so that nobody takes a port
// before its server listens, or while that is away. Each of jest's workers has a part of its own.
const from = 20_000;
const parts = 8;
const eachPart = 1_250;
const begin = from + (Number(process.env["JEST_WORKER_ID"] ?? 0) % parts) * eachPart;
let next = Math.floor((Math.random() * eachPart) / 2);

const free = (port: number) =>
  new Promise<boolean>((answer) => {
    const server = createServer();
    server.once("error", () => answer(false));
    server.listen(port, "127.0.0.1", () => server.close(() => answer(true)));
  });

/** A port on the loopback whose next one is free too: the platform takes both. */
export async function freePorts(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = begin + ((next++ * 2) % eachPart);
    if ((await free(port)) && (await free(port + 1))) return port;
  }
  throw new Error("no two free ports next to each other");
}
