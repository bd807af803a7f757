import path from "node:path";
import { type Deps, deps } from "../../functions/_runtime/deps.ts";
import { localBlobs, removeDrafts } from "../../shared/adapters/local/blobs.ts";
import { endBuilders, localBuildRunner } from "../../shared/adapters/local/builds.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { localHome } from "../../shared/adapters/local/home.ts";
import { systemIds } from "../../shared/adapters/local/ids.ts";
import { keyFile } from "../../shared/adapters/local/key-file.ts";
import { localNotifier } from "../../shared/adapters/local/notifier.ts";
import { localQueue } from "../../shared/adapters/local/queue.ts";
import { localRepositories } from "../../shared/adapters/local/repositories.ts";
import type { QueueName } from "../../shared/contract/commands.ts";
import type { Log } from "../../shared/control/core.ts";
import type { BuildRunner } from "../../shared/ports/build-runner.ts";
import { blobServer } from "./blob-server/blob-server.ts";
import type { FaasOptions } from "./faas/faas.ts";
import { platformRegistry } from "./registry.ts";
import type { HttpPart } from "./server.ts";
import type { ClusterBuilds, LocalSettings } from "./settings.ts";

/** What the functions stand on. */
export interface Backing {
  /** What only this process can give them. */
  readonly provided: Partial<Deps>;
  readonly parts: readonly HttpPart[];
  readonly queueFor: FaasOptions["queueFor"];
  stop(): void;
}

/** This machine: its disk, its processes. */
export async function localBacking(settings: LocalSettings, log: Log): Promise<Backing> {
  const home = localHome(settings.home);
  const clock = systemClock();
  const builds = path.join(settings.home, "builds");
  const key = keyFile(path.join(home.keys, "blobs"));
  const blobs = localBlobs({ directory: home.blobs, key, origin: () => settings.url, clock });
  await removeDrafts(home.blobs);
  const registry = settings.registry && platformRegistry(settings.registry, { home, clock });
  return {
    provided: {
      ...(registry && { images: registry.images }),
      buildRunner: settings.builds ? await clusterRunner(settings.builds) : processRunner(settings.home, builds),
      notifier: localNotifier({ directory: home.mail, clock, ids: systemIds(), log }),
    },
    parts: [blobServer({ blobs, key, clock }), ...(registry ? [registry.part] : [])],
    queueFor: ({ queue, attemptsMax }) => localQueue({ path: home.queues, name: queue, attemptsMax, clock }),
    stop: () => endBuilders(builds),
  };
}

/** AWS, or an emulator of it: all but what has no counterpart there that a machine could reach. */
export const awsBacking = (settings: LocalSettings): Backing => ({
  provided: { repositories: localRepositories(localHome(settings.home).repositories, settings.url) },
  parts: [],
  queueFor: ({ queue }) => deps().queues[queue as QueueName],
  stop: () => {},
});

const processRunner = (home: string, directory: string): BuildRunner =>
  localBuildRunner({ directory, cache: path.join(home, "build-cache"), hidden: [home], spare: true });

/** What speaks to clusters is loaded by those alone who have one. */
async function clusterRunner(builds: ClusterBuilds): Promise<BuildRunner> {
  const { clusterBuildRunner } = await import("./cluster-builds.ts");
  return clusterBuildRunner(builds);
}
