import { fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { App } from "./apps.ts";

/** Answers "deaf"; a POST never. */
const program = `
const server = require("node:http").createServer((request, response) =>
  request.method === "POST" ? process.send("post") : response.end("deaf"));
server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => process.send(server.address().port));
`;

export interface DeafApp extends App {
  /** From now on it is as one whose node has lost its network: packets get no answer, not even a refusal. */
  deafen(): Promise<void>;
  hear(): void;
  /** Resolves when one has arrived. */
  posted(): Promise<unknown>;
}

/** A process that is stopped, with as many connections waiting as the system keeps for it: the next ones are not heard (Linux). */
export async function deafApp(): Promise<DeafApp> {
  const child = fork("-e", [program], { execArgv: [], stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const [port] = (await once(child, "message")) as [number];
  const waiting: Socket[] = [];
  const letGo = () => {
    for (const socket of waiting.splice(0)) socket.destroy();
  };
  const isHeard = async (): Promise<boolean> => {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    waiting.push(socket);
    return Promise.race([once(socket, "connect").then(() => true), setTimeout(500, false)]);
  };
  return {
    port,
    async deafen() {
      child.kill("SIGSTOP");
      while (await isHeard());
    },
    hear() {
      letGo();
      child.kill("SIGCONT");
    },
    posted: () => once(child, "message"),
    async close() {
      letGo();
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    },
  };
}
