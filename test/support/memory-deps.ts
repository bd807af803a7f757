import { setImmediate as nextTurn } from "node:timers/promises";
import type { Deps } from "../../functions/_runtime/deps.ts";
import { type MemoryBlobs, memoryBlobs } from "../../shared/adapters/memory/blobs.ts";
import { memoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import { type SteppedClock, steppedClock } from "../../shared/adapters/memory/clock.ts";
import { type MemoryConnections, memoryConnections } from "../../shared/adapters/memory/connections.ts";
import { type MemoryImages, memoryImages } from "../../shared/adapters/memory/images.ts";
import { seededIds } from "../../shared/adapters/memory/ids.ts";
import { type MemoryNotifier, memoryNotifier } from "../../shared/adapters/memory/notifier.ts";
import { memoryMetrics, type MemoryMetrics } from "../../shared/adapters/memory/metrics.ts";
import { memoryPasswords } from "../../shared/adapters/memory/passwords.ts";
import { memoryQueue } from "../../shared/adapters/memory/queue.ts";
import { memoryRepositories } from "../../shared/adapters/memory/repositories.ts";
import { memorySecrets } from "../../shared/adapters/memory/secrets.ts";
import { memoryTable } from "../../shared/adapters/memory/table.ts";
import { memoryTokens } from "../../shared/adapters/memory/tokens.ts";

import { noTracer } from "../../shared/adapters/no-tracer.ts";
import { defaultBuildLimits } from "../../shared/domain/build-limits.ts";
import { judged, judgedFor } from "./judge.ts";
import { defaultQuota } from "../../shared/domain/quota.ts";

export interface Logged {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly fields: object;
  readonly message: string;
}
export type MemoryDeps = Deps & {
  readonly blobs: MemoryBlobs;
  readonly images: MemoryImages;
  readonly clock: SteppedClock;
  readonly connections: MemoryConnections;
  readonly notifier: MemoryNotifier;
  readonly logged: Logged[];
  readonly metrics: MemoryMetrics;
};

/** Nobody steps time while a request is answered: the moment it waits after it met another one is over at once. */
function clockOfRequests(): SteppedClock {
  const clock = steppedClock();
  const momentMs = 200;
  return { ...clock, sleep: (ms, signal) => (ms <= momentMs ? nextTurn() : clock.sleep(ms, signal)) };
}

/** Every port in memory, time stepped by hand, ids from a seed. */
export function memoryDeps(clock: SteppedClock = clockOfRequests()): MemoryDeps {
  const logged: Logged[] = [];
  const at = (level: Logged["level"]) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  return {
    settings: {
      url: "http://localhost:7070",
      version: "0.0.0",
      broker: null,
      registry: { url: "https://registry.example.org", pullFrom: "registry.example.org", prefix: "pluvia/" },
      requests: { perSecond: 1_000, burst: 1_000_000 },
      proxies: { count: 0, secret: null },
    },
    table: judged(memoryTable()),
    tableFor: judgedFor,
    queues: { builds: memoryQueue({ clock }), notices: memoryQueue({ clock }), chores: memoryQueue({ clock }) },
    blobs: memoryBlobs(),
    images: memoryImages({ clock }),
    secrets: memorySecrets(),
    tokens: memoryTokens({ clock }),
    passwords: memoryPasswords(),
    buildRunner: memoryBuildRunner(),
    connections: memoryConnections(),
    repositories: memoryRepositories(),
    notifier: memoryNotifier(),
    tracer: noTracer,
    metrics: memoryMetrics(),
    quota: defaultQuota,
    buildLimits: defaultBuildLimits,
    ids: seededIds(),
    random: () => 0.5,
    clock,
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    logged,
  };
}
