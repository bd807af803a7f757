import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { freePorts } from "../../support/ports.ts";

export const body = JSON.stringify({
  kind: "startBuild",
  version: 1,
  tenant: "tnt_0000000000000001",
  build: "bld_0000000000000001",
});
export const consumers = 50;

/** A durable queue under test. */
export interface Subject {
  readonly name: string;
  /** What is on the disk when a send is acknowledged, and when a message is done. */
  readonly durability: string;
  /** Resolves when the queue has acknowledged it. */
  send(at: number): Promise<unknown>;
  /** Resolves when `count` messages are handled. */
  handle(count: number): Promise<void>;
  /** Its server's, where it has one. */
  readonly pid?: number | undefined;
  close(): Promise<void>;
}

/** Starts a peer's server on a free port and waits for the line that says it is ready. */
export async function startServer(
  command: string,
  argsFor: (port: number) => readonly string[],
  ready: string,
): Promise<{ port: number; pid: number | undefined; stop(): Promise<void> }> {
  const port = await freePorts();
  const server = spawn(command, argsFor(port), { stdio: ["ignore", "pipe", "pipe"] });
  await said(server, ready);
  return {
    port,
    pid: server.pid,
    stop: async () => {
      const exit = once(server, "exit");
      server.kill("SIGTERM");
      await exit;
    },
  };
}

async function said({ stdout, stderr }: ChildProcess, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let heard = "";
    const hear = (chunk: unknown) => {
      heard += String(chunk);
      if (heard.includes(text)) resolve();
    };
    for (const stream of [stdout, stderr]) stream?.on("data", hear);
    stdout?.once("end", () => reject(new Error(`the server ended: ${heard}`)));
  });
}
