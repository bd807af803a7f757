import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { deps, provide } from "../../functions/_runtime/deps.ts";
import { Fault } from "../../shared/base/fault.ts";
import { createEmbeddedDataCenter } from "../../shared/control/create-data-center.ts";
import { localConnections } from "../../shared/adapters/local/connections.ts";
import { localHome } from "../../shared/adapters/local/home.ts";
import { prometheusMetrics } from "../../shared/adapters/local/prometheus-metrics.ts";
import { localRepositories } from "../../shared/adapters/local/repositories.ts";
import { startAgents } from "./agents.ts";
import { apiPart } from "./api.ts";
import { awsBacking, localBacking } from "./backing.ts";
import { buildConsole, builtConsole } from "./console-build.ts";
import { consolePages } from "./console.ts";
import { openFaas } from "./faas/faas.ts";
import { gitHost } from "./git-host/git-host.ts";
import { lockHome, openHome } from "./home-lock.ts";
import { logFile, logTo } from "./log-file.ts";
import { metricsPart } from "./metrics.ts";
import { type HttpPart, listen } from "./server.ts";
import { type LocalSettings, project } from "./settings.ts";

/** First connections of agents wait for this machine's slowest part: compiling nothing, but starting a process under load. */
const connectMs = 60_000;
/** A platform that was killed leaves agents that let go of their port within moments. */
const portFreeMs = 10_000;
const requestGraceMs = 2_000;

export interface Platform {
  readonly url: string;
  stop(): Promise<void>;
  /** At once: instances run on and are adopted by the next start. */
  kill(): void;
}

type Stop = () => void | Promise<void>;

/** Starts every part and resolves once the platform answers and its data center is connected. @throws Fault; what had started is stopped again. */
export async function startPlatform(settings: LocalSettings, say: (text: string) => void): Promise<Platform> {
  const stops: Stop[] = [];
  const stop = async () => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const agents = await startParts(settings, say, stops);
    return { url: settings.url, stop, kill: () => agents.kill() };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startParts(settings: LocalSettings, say: (text: string) => void, stops: Stop[]) {
  openHome(settings.home);
  const lock = lockHome(settings.home, settings.url);
  stops.push(() => lock.release());
  const home = localHome(settings.home);
  const output = logFile(path.join(home.logs, "platform.log"));
  stops.push(() => output.flush());
  const log = logTo(output, settings.logLevel);

  const parts: HttpPart[] = [starting];
  const server = await listen({ host: settings.host, port: settings.port, parts, log });
  stops.push(() => server.stop(requestGraceMs));
  const ownUrl = `http://127.0.0.1:${server.port}`;
  await portIsFree(settings);
  await buildConsole(say);

  // The composition root of the functions reads the environment, as it does when hosted.
  Object.assign(process.env, {
    ...(settings.builds && { PLUVIA_BUILDS_AT_ONCE: process.env["PLUVIA_BUILDS_AT_ONCE"] || String(settings.builds.jobsMax) }),
    PLUVIA_ADAPTERS: settings.adapters,
    PLUVIA_HOME: settings.home,
    PLUVIA_PORT: String(settings.port),
    PLUVIA_URL: settings.url,
  });
  const backing = settings.adapters === "aws" ? awsBacking(settings) : await localBacking(settings, log);
  stops.push(() => backing.stop());
  const metrics = prometheusMetrics();
  provide({ connections: localConnections(), log, metrics, ...backing.provided });
  const faas = await openFaas({ file: path.join(project, "serverless.yml"), queueFor: backing.queueFor, log });
  stops.push(() => faas.stop());

  const repositories = gitHost({
    repositories: localRepositories(home.repositories, settings.url),
    apiUrl: () => ownUrl,
    demos: { source: path.join(project, "infra/local/demos"), target: path.join(home.repositories, "demos") },
  });
  await repositories.start();
  const told = settings.metricsToken === undefined ? [] : [metricsPart(metrics, settings.metricsToken)];
  parts.splice(0, 1, ...told, ...backing.parts, apiPart(faas), repositories, await consolePages(builtConsole));
  const { joinToken } = await createEmbeddedDataCenter(deps());
  faas.start();

  const agentsOutput = logFile(path.join(home.logs, "agents.log"));
  stops.push(() => agentsOutput.flush());
  const agents = startAgents({
    home: settings.home,
    cloudUrl: ownUrl,
    gatewayPort: settings.gatewayPort,
    joinToken,
    origins: [...new Set([settings.url, ownUrl, `http://localhost:${server.port}`])].map((url) => new URL(url).origin),
    output: agentsOutput,
    log,
  });
  stops.push(() => agents.stop());
  await agents.connected(connectMs);
  log.info({ url: settings.url, home: settings.home }, "the platform is ready");
  return agents;
}

/** Answers until the parts are there, so that whoever asks early is told to wait, not refused. */
const starting: HttpPart = {
  serves: () => true,
  handle: async (_, response) => {
    response
      .writeHead(503, { "content-type": "text/plain; charset=utf-8", "retry-after": "1" })
      .end("The platform is starting.\n");
  },
};

async function portIsFree({ host, gatewayPort }: LocalSettings): Promise<void> {
  const until = Date.now() + portFreeMs;
  while (!(await canListen(host, gatewayPort))) {
    if (Date.now() > until) {
      throw new Fault("conflict", `Port ${gatewayPort}, where the applications answer, is taken by another program.`, {
        next: "Stop that program, or choose other ports: PLUVIA_PORT=7080 npm start (applications then answer on 7081).",
      });
    }
    await wait(100);
  }
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}
