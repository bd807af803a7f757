import { availableParallelism } from "node:os";
import path from "node:path";
import { pino, stdSerializers } from "pino";
import { localBlobs } from "../../shared/adapters/local/blobs.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { localHome } from "../../shared/adapters/local/home.ts";
import { systemIds } from "../../shared/adapters/local/ids.ts";
import { keyFile } from "../../shared/adapters/local/key-file.ts";
import { argonPasswords } from "../../shared/adapters/argon-passwords.ts";
import { tracerFor } from "../../shared/adapters/http/otlp-tracer.ts";
import { prometheusMetrics } from "../../shared/adapters/local/prometheus-metrics.ts";
import { localQueue } from "../../shared/adapters/local/queue.ts";
import { localRepositories } from "../../shared/adapters/local/repositories.ts";
import { localSecrets } from "../../shared/adapters/local/secrets.ts";
import { localTable } from "../../shared/adapters/local/table.ts";
import { localTokens } from "../../shared/adapters/local/tokens.ts";
import type { Table } from "../../shared/ports/table.ts";
import type { QueueName } from "../../shared/contract/commands.ts";
import { version } from "../../shared/contract/version.ts";
import { defaultBuildLimits } from "../../shared/domain/build-limits.ts";
import { defaultQuota } from "../../shared/domain/quota.ts";

/** A command that failed this often goes to the dead letters; serverless.yml's maxReceiveCount says the same. */
const attemptsMax = 5;

/** What the one-machine platform keeps below `home`. Connections and builders belong to the process that serves, which provides them. */
export function localDeps(settings: { home: string; url: string; logLevel: string; env: NodeJS.ProcessEnv }) {
  const home = localHome(settings.home);
  const clock = systemClock();
  const queue = (name: QueueName) => localQueue({ path: home.queues, name, attemptsMax, clock });
  // One line of JSON each, on standard error.
  const log = pino({ level: settings.logLevel, serializers: { error: stdSerializers.err }, base: null }, pino.destination(2));
  const key = (name: string) => path.join(home.keys, name);
  return {
    table: localTable({ path: home.table, clock }),
    tableFor: (table: Table) => table,
    queues: { builds: queue("builds"), notices: queue("notices"), chores: queue("chores") },
    blobs: localBlobs({ directory: home.blobs, key: keyFile(key("blobs")), origin: () => settings.url, clock }),
    secrets: localSecrets({ path: key("secrets") }),
    tokens: localTokens({ path: key("cloud"), clock }),
    passwords: argonPasswords(),
    repositories: localRepositories(home.repositories, settings.url),
    quota: defaultQuota,
    // Sources on this same machine are its owner's own; a build keeps one of its cores busy.
    buildLimits: { ...defaultBuildLimits, privateHostsAllowed: ["loopback"], atOnce: Math.max(2, availableParallelism()) },
    ids: systemIds(),
    random: Math.random,
    clock,
    log,
    metrics: prometheusMetrics(),
    tracer: tracerFor(settings.env, {
      service: "pluvia-functions",
      version,
      clock,
      waits: false,
      log: (fields, message) => log.warn(fields, message),
    }),
  };
}
