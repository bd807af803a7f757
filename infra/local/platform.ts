import { createServer } from "node:net";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { deps, provide } from "../../functions/_runtime/deps.ts";
import { Fault } from "../../shared/base/fault.ts";
import type { BuildRunner } from "../../shared/ports/build-runner.ts";
import { createEmbeddedDataCenter } from "../../shared/control/create-data-center.ts";
import { localBlobs, removeDrafts } from "../../shared/adapters/local/blobs.ts";
import { endBuilders, localBuildRunner } from "../../shared/adapters/local/builds.ts";
import { localConnections } from "../../shared/adapters/local/connections.ts";
import { localHome } from "../../shared/adapters/local/home.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { systemIds } from "../../shared/adapters/local/ids.ts";
import { localNotifier } from "../../shared/adapters/local/notifier.ts";
import { keyFile } from "../../shared/adapters/local/key-file.ts";
import { localQueue } from "../../shared/adapters/local/queue.ts";
import { localRepositories } from "../../shared/adapters/local/repositories.ts";
import { startAgents } from "./agents.ts";
import { apiPart } from "./api.ts";
import { blobServer } from "./blob-server/blob-server.ts";
import { buildConsole, builtConsole } from "./console-build.ts";
import { consolePages } from "./console.ts";
import { openFaas } from "./faas/faas.ts";
import { gitHost } from "./git-host/git-host.ts";
import { lockHome, openHome } from "./home-lock.ts";
import { logFile, logTo } from "./log-file.ts";
import { type HttpPart, listen } from "./server.ts";
import { type ClusterBuilds, type LocalSettings, project } from "./settings.ts";

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
    PLUVIA_ADAPTERS: "local",
    PLUVIA_HOME: settings.home,
    PLUVIA_PORT: String(settings.port),
    PLUVIA_URL: settings.url,
  });
  const buildRunner = settings.builds ? await clusterRunner(settings.builds) : processRunner(settings.home, stops);
  const notifier = localNotifier({ directory: home.mail, clock: systemClock(), ids: systemIds(), log });
  provide({ connections: localConnections(), buildRunner, notifier, log });
  const clock = systemClock();
  const blobsKey = keyFile(path.join(home.keys, "blobs"));
  const blobs = localBlobs({ directory: home.blobs, key: blobsKey, origin: () => settings.url, clock });
  await removeDrafts(home.blobs);
  const faas = await openFaas({
    file: path.join(project, "serverless.yml"),
    queueFor: ({ queue, attemptsMax }) => localQueue({ path: home.queues, name: queue, attemptsMax, clock }),
    log,
  });
  stops.push(() => faas.stop());

  const repositories = gitHost({
    repositories: localRepositories(home.repositories, settings.url),
    apiUrl: () => ownUrl,
    demos: { source: path.join(project, "infra/local/demos"), target: path.join(home.repositories, "demos") },
  });
  await repositories.start();
  parts.splice(0, 1, blobServer({ blobs, key: blobsKey, clock }), apiPart(faas), repositories, await consolePages(builtConsole));
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

function processRunner(home: string, stops: Stop[]): BuildRunner {
  const directory = path.join(home, "builds");
  stops.push(() => endBuilders(directory));
  return localBuildRunner({ directory, cache: path.join(home, "build-cache"), hidden: [home], spare: true });
}

/** What speaks to clusters is loaded by those alone who have one. */
async function clusterRunner(builds: ClusterBuilds): Promise<BuildRunner> {
  const { clusterBuildRunner } = await import("./cluster-builds.ts");
  return clusterBuildRunner(builds);
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
