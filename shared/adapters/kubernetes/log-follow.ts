import { isFault } from "../../base/fault.ts";
import { backoffMs } from "../../base/retry.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Client } from "./client.ts";
import { logLines, sinceOf } from "./log-line.ts";
import type { ContainerStatus, Pod } from "./shapes.ts";
import type { SpoolFile } from "./spool-file.ts";

export interface FollowParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}
export interface Follower {
  /** The pod as it is now; null when it is gone. */
  update(pod: Pod | null): void;
  /** Resolves when everything is read: its pod is gone, or it was stopped. */
  readonly over: Promise<void>;
  stop(): void;
}

const retry = { baseMs: 200, maxMs: 10_000 };

/** Which run of a container its log is of; undefined while it was never started. */
const runOf = (c: ContainerStatus | undefined): string | undefined =>
  c?.state?.running ? c.containerID : (c?.state?.terminated?.containerID ?? c?.lastState?.terminated?.containerID);
const isRunningNow = (c: ContainerStatus | undefined, run: string): boolean =>
  c?.state?.running !== undefined && c.containerID === run;
const formerRunOf = (c: ContainerStatus | undefined): string | undefined =>
  c?.state?.running || c?.state?.terminated ? c.lastState?.terminated?.containerID : undefined;

/** Reads the output of one container of a pod through all its runs, into a spool file: each line once, over broken connections and restarts of ours. */
export function followContainer(parts: FollowParts, first: Pod, container: string, spool: SpoolFile): Follower {
  const { client, clock } = parts;
  const stopping = new AbortController();
  let pod: Pod | null = first;
  let woken: () => void = () => {};
  const path = `/api/v1/namespaces/${first.metadata.namespace}/pods/${first.metadata.name}/log`;
  const statusNow = (): ContainerStatus | undefined =>
    [...(pod?.status?.containerStatuses ?? []), ...(pod?.status?.initContainerStatuses ?? [])].find((c) => c.name === container);

  /** Reads until the answer ends. Answers whether it could be read. */
  async function read(how: { follow?: boolean; previous?: boolean }): Promise<boolean> {
    const { position } = spool.state();
    const lines = logLines(position);
    try {
      const stream = await client.transport.stream({
        method: "GET",
        path,
        query: { container, timestamps: true, sinceTime: sinceOf(position), ...how },
        signal: stopping.signal,
      });
      stream.on("error", () => {});
      for await (const chunk of stream) spool.append(lines.push(chunk as Buffer), lines.position());
      spool.append(lines.end(), lines.position());
      return true;
    } catch (error) {
      if (stopping.signal.aborted) return false;
      // The pod, or the run that was asked for, is gone with its output.
      if (isFault(error, "not_found") || isFault(error, "invalid")) return true;
      throw error;
    }
  }

  /** The run that was read when an earlier life of ours ended may have ended too, though the pod's status does not say so yet. */
  let isAdopted = spool.state().position.at !== "";

  /** One turn: a run of the container, as far as it is. Answers whether to wait for news of the pod. */
  async function turn(): Promise<boolean> {
    const run = runOf(statusNow());
    if (run === undefined || run === spool.state().done) return true;
    if (isAdopted) await read({ previous: true });
    isAdopted = false;
    const former = formerRunOf(statusNow());
    if (former !== undefined && former !== spool.state().done && (await read({ previous: true }))) spool.ended(former);
    await read({ follow: true });
    if (stopping.signal.aborted || isRunningNow(statusNow(), run)) return false;
    // It has ended: what came between the end of that answer and its own end is still to be read.
    if (await read({})) spool.ended(run);
    return false;
  }

  const news = (): Promise<void> =>
    new Promise((resolve) => {
      woken = resolve;
      if (stopping.signal.aborted) resolve();
    });

  let failures = 0;
  /** Answers whether to wait for news of the pod. */
  async function attempt(): Promise<boolean> {
    try {
      const toWait = await turn();
      failures = 0;
      return toWait;
    } catch (error) {
      failures++;
      if (!isFault(error, "unavailable")) parts.onError(error);
      return false;
    }
  }
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const before = pod;
      const toWait = await attempt();
      if (before === null) return;
      // Something that happened while we read is looked at at once.
      if (toWait && pod === before) await news();
      else await clock.sleep(50 + backoffMs(failures, retry, parts.random()), stopping.signal);
    }
  }
  const over = run().finally(() => spool.close());
  return {
    over,
    update(next) {
      pod = next;
      woken();
    },
    stop() {
      stopping.abort();
      woken();
    },
  };
}
