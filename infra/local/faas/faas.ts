import type { Queue } from "../../../shared/ports/queue.ts";
import type { Log } from "../../../shared/control/core.ts";
import { type FunctionConfig, type QueueSource, readConfig } from "./config.ts";
import { type HttpApi, httpApi } from "./http.ts";
import { type LocalFunction, localFunction } from "./invoke.ts";
import { queuePoller } from "./queue-poller.ts";
import { schedule } from "./schedules.ts";
import { type SocketApi, socketApi, type socketLimits } from "./sockets.ts";

export interface FaasOptions {
  /** Path of serverless.yml. */
  readonly file: string;
  readonly queueFor: (source: QueueSource) => Queue;
  readonly log: Log;
  readonly socketLimits?: typeof socketLimits;
}

export interface Faas {
  readonly http: HttpApi;
  readonly sockets: Pick<SocketApi, "upgrade">;
  /** Begins with queues and schedules: only then does anything run by itself. */
  start(): void;
  stop(): Promise<void>;
}

/** Runs exactly the functions that serverless.yml names. @throws Fault when the file, or a module it names, is not as it must be. */
export async function openFaas({ file, queueFor, log, ...more }: FaasOptions): Promise<Faas> {
  const configs = readConfig(file);
  const functions = new Map(configs.map((config) => [config.name, localFunction(config)]));
  for (const one of functions.values()) await one.prepare();
  const sockets = socketApi({ configs, functions, log, ...(more.socketLimits ? { limits: more.socketLimits } : {}) });
  const parts: { stop(): Promise<void> }[] = [];
  return {
    http: httpApi({ configs, functions, log }),
    sockets,
    start: () => {
      for (const config of configs) parts.push(...triggersOf(config, functions.get(config.name), { queueFor, log }));
    },
    stop: async () => {
      await sockets.stop();
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

function triggersOf(
  config: FunctionConfig,
  target: LocalFunction | undefined,
  { queueFor, log }: Pick<FaasOptions, "queueFor" | "log">,
) {
  if (!target) return [];
  return [
    ...config.queues.map((source) => queuePoller({ source, queue: queueFor(source), target, log })),
    ...config.schedules.map((expression) => schedule({ expression, target, log })),
  ];
}
