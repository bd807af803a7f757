import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { backoffMs } from "../../shared/base/retry.ts";
import { Fault } from "../../shared/base/fault.ts";
import type { Log } from "../../shared/control/core.ts";
import type { LogFile } from "./log-file.ts";
import { project } from "./settings.ts";

const restartLimits = { baseMs: 200, maxMs: 10_000 };
/** Running this long makes an end a new one, not the next of a series. */
const steadyMs = 60_000;
/** Instances get their grace time to end; who takes longer is ended. */
const haltMs = 20_000;

export interface AgentsOptions {
  readonly home: string;
  readonly cloudUrl: string;
  readonly gatewayPort: number;
  readonly joinToken: string;
  /** Where the console's pages come from. */
  readonly origins: readonly string[];
  readonly output: LogFile;
  readonly log: Log;
}

export interface AgentsProcess {
  /** @throws Fault `unavailable` when they did not connect within `ms`. */
  connected(ms: number): Promise<void>;
  /** Ends the instances too. */
  stop(): Promise<void>;
  /** At once, leaving the instances running: the next start adopts them. */
  kill(): void;
}

/**
 * The embedded data center's agents, in a process of their own, started again when they die. They notice by the end of their IPC channel
 * when we are gone, and then leave too, but not the instances.
 */
export function startAgents(options: AgentsOptions): AgentsProcess {
  const { log } = options;
  const stopping = new AbortController();
  const session = Promise.withResolvers<void>();
  let child: ChildProcess | undefined;
  let failures = 0;

  const runOnce = async () => {
    const started = Date.now();
    const process = spawnAgents(options);
    child = process;
    process.on("message", (message) => {
      if ((message as { session?: unknown }).session === true) session.resolve();
    });
    const [code, signal] = await once(process, "exit");
    failures = Date.now() - started > steadyMs ? 1 : failures + 1;
    if (!stopping.signal.aborted) log.error({ code, signal, failures }, "the agents ended; they are started again");
  };
  const keepRunning = async () => {
    while (!stopping.signal.aborted) {
      await runOnce();
      if (!stopping.signal.aborted)
        await wait(backoffMs(failures, restartLimits, Math.random()), undefined, { signal: stopping.signal }).catch(() => {}); // aborted: the loop ends
    }
  };
  const running = keepRunning();

  return {
    connected: async (ms) => {
      const timer = new AbortController();
      const late = wait(ms, "late" as const, { signal: timer.signal }).catch(() => "stopped" as const);
      const first = await Promise.race([session.promise, late]);
      timer.abort();
      if (first === "late")
        throw new Fault("unavailable", `The embedded data center did not connect within ${ms / 1_000} seconds.`, {
          next: "Look into agents.log in the folder logs of PLUVIA_HOME.",
        });
    },
    stop: async () => {
      stopping.abort();
      const force = setTimeout(() => child?.kill("SIGKILL"), haltMs);
      child?.kill("SIGTERM");
      await running;
      clearTimeout(force);
    },
    kill: () => {
      stopping.abort();
      child?.kill("SIGKILL");
    },
  };
}

function spawnAgents({ home, cloudUrl, gatewayPort, joinToken, origins, output }: AgentsOptions): ChildProcess {
  const child = spawn(process.execPath, [path.join(project, "edge-agents/main.ts")], {
    cwd: project,
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      PLUVIA_AGENT_HOME: path.join(home, "agents"),
      PLUVIA_HIDDEN: home,
      PLUVIA_CLOUD_URL: cloudUrl,
      PLUVIA_GATEWAY_PORT: String(gatewayPort),
      PLUVIA_JOIN_TOKEN: joinToken,
      PLUVIA_ORIGINS: origins.join(","),
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // A Ctrl-C reaches every process of the terminal's group: only we are to hear it, and to end the agents in order.
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data) => output.write(String(data)));
  return child;
}
