import { Agent } from "node:http";
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Backend } from "../../shared/domain/gateway/route.ts";
import { type Endpoint, reaches } from "./reach.ts";

/** A place that answers, with what is under way there. */
export interface Upstream {
  readonly host: string;
  readonly hostPort: number;
  /** Who answers there now; a port may be used again by another instance. */
  instance: string;
  inFlight: number;
  /** Takes no new request. */
  leaving: boolean;
  /** When leaving was over, by a clock that nobody sets (`performance.now`). */
  leftAt: number | undefined;
  /** No route leads here any more. */
  retired: boolean;
  /** Nothing is heard from here, not even a refusal: requests go elsewhere while there is another place. */
  silent: boolean;
  /** It is being found out whether anything is heard from here. */
  watched: boolean;
  /** Kept-alive connections for requests that may be sent twice. */
  readonly agent: Agent;
  /** Gives requests up that wait for their answer. */
  readonly requests: Set<() => void>;
  /** Ends connections that have no end of their own (WebSockets, TCP). */
  readonly tunnels: Set<() => void>;
  readonly onIdle: Set<() => void>;
}

/** A place that is still listed this long after it was left was taken back into service; before that, the listing may be an old one. */
const cameBackMs = 1_000;

/** A silent place is asked again so long after it was last. */
const askMs = 500;

const placeOf = (at: Endpoint) => `${at.host}:${at.hostPort}`;

const upstreamOf = (backend: Backend): Upstream => ({
  ...backend,
  inFlight: 0,
  leaving: false,
  leftAt: undefined,
  retired: false,
  silent: false,
  watched: false,
  // An idle connection of 4 s outlives no server's usual keep-alive (Node's is 5 s), so few are found closed.
  agent: new Agent({ keepAlive: true, maxFreeSockets: 64, timeout: 0, scheduling: "lifo", keepAliveMsecs: 4_000 }),
  requests: new Set(),
  tunnels: new Set(),
  onIdle: new Set(),
});

/** All places that routes lead to, and those that are still being left. What is under way at one that is silent for `lostMs` is given up. */
export function backendPool(lostMs: number) {
  const places = new Map<string, Upstream>();

  const settle = (upstream: Upstream) => {
    if (upstream.inFlight > 0) return;
    for (const idle of [...upstream.onIdle]) idle();
    if (upstream.leaving || upstream.retired) upstream.agent.destroy();
    if (upstream.retired && places.get(placeOf(upstream)) === upstream) places.delete(placeOf(upstream));
  };

  const idle = (upstream: Upstream, limitMs: number): Promise<void> =>
    new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        upstream.onIdle.delete(done);
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      upstream.onIdle.add(done);
    });

  /** No route leads there, and nothing is under way. */
  const isForgotten = (upstream: Upstream): boolean => upstream.retired && upstream.inFlight === 0;
  /** Until something is heard from there, or nobody has to do with it any more. */
  const watch = async (upstream: Upstream): Promise<void> => {
    const began = performance.now();
    while (!isForgotten(upstream) && !(await reaches(upstream))) {
      // Still: whoever waits on a kept-alive connection, on which only what may be sent again travels, is taken elsewhere.
      if (upstream.silent) upstream.agent.destroy();
      upstream.silent = true;
      if (performance.now() - began > lostMs) for (const end of [...upstream.requests, ...upstream.tunnels]) end();
      await sleep(askMs, undefined, { ref: false });
    }
    upstream.silent = false;
  };
  const suspect = (upstream: Upstream): void => {
    if (upstream.watched) return;
    upstream.watched = true;
    void watch(upstream).finally(() => {
      upstream.watched = false;
    });
  };

  return {
    /** The place for a backend. Another instance on the same port is another place. */
    at(backend: Backend): Upstream {
      const known = places.get(placeOf(backend));
      if (known?.instance === backend.instance) {
        known.retired = false;
        if (known.leftAt !== undefined && performance.now() - known.leftAt > cameBackMs)
          Object.assign(known, { leaving: false, leftAt: undefined });
        return known;
      }
      if (known !== undefined) {
        known.retired = true;
        settle(known);
      }
      const made = upstreamOf(backend);
      places.set(placeOf(made), made);
      return made;
    },
    /** Forgets every place that is not in `wanted` as soon as nothing is under way there. */
    keep(wanted: ReadonlySet<Upstream>): void {
      for (const upstream of [...places.values()]) {
        upstream.retired = !wanted.has(upstream);
        if (upstream.retired) settle(upstream);
      }
    },
    /** Counts something as under way; the answer ends it, however often it is called. */
    enter(upstream: Upstream): () => void {
      let over = false;
      upstream.inFlight++;
      return () => {
        if (over) return;
        over = true;
        upstream.inFlight--;
        settle(upstream);
      };
    },
    /** Somebody waited there in vain: whether anything is heard from there is found out. */
    suspect,
    suspectAt(endpoint: Endpoint): void {
      const upstream = places.get(placeOf(endpoint));
      if (upstream) suspect(upstream);
    },
    /** See Traffic.drained. */
    async drained(endpoint: Endpoint, limitMs: number): Promise<void> {
      const upstream = places.get(placeOf(endpoint));
      if (upstream === undefined) return;
      upstream.leaving = true;
      if (upstream.inFlight > 0) await idle(upstream, limitMs);
      for (const end of [...upstream.tunnels]) end();
      upstream.leftAt = performance.now();
      settle(upstream);
    },
    close(): void {
      for (const upstream of places.values()) {
        upstream.retired = true;
        for (const end of [...upstream.requests, ...upstream.tunnels]) end();
        upstream.agent.destroy();
      }
      places.clear();
    },
  };
}
export type BackendPool = ReturnType<typeof backendPool>;
