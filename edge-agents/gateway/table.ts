import { type Route, routeKey } from "../../shared/domain/gateway/route.ts";
import type { BackendPool, Upstream } from "./backends.ts";

/** A route with the places behind it. */
export interface Entry {
  readonly route: Route;
  readonly upstreams: readonly Upstream[];
}

interface Snapshot {
  readonly byKey: ReadonlyMap<string, Entry>;
  readonly byLabel: ReadonlyMap<string, Entry>;
  readonly byComponent: ReadonlyMap<string, readonly Entry[]>;
}

/** Where a request wants to go: an address from outside, or a port of a component from inside. */
export type Target = { readonly label: string } | { readonly key: string };

/** The connection or answer of whoever waits for a place. */
export interface Asker {
  readonly destroyed: boolean;
  once(event: "close", listener: () => void): unknown;
  off(event: "close", listener: () => void): unknown;
}

const isBetter = (a: Upstream, b: Upstream): boolean => (a.silent === b.silent ? a.inFlight < b.inFlight : b.silent);

/** All routes, exchanged whole: a request sees the table before or after a change, never between. */
export function routeTable(pool: BackendPool) {
  /** undefined until the first update: after a restart nothing is known yet, which is not the same as nothing being there. */
  let now: Snapshot | undefined;
  let turn = 0;
  const waiting = new Set<() => void>();

  const changed = () => {
    for (const wake of [...waiting]) wake();
  };

  return {
    update(routes: readonly Route[]): void {
      const entries = routes.map((route) => ({ route, upstreams: route.backends.map((backend) => pool.at(backend)) }));
      now = {
        byKey: new Map(entries.map((entry) => [entry.route.key, entry])),
        byComponent: Map.groupBy(entries, ({ route }) => route.component),
        byLabel: new Map(entries.flatMap((entry) => entry.route.labels.map((label) => [label, entry] as const))),
      };
      pool.keep(new Set(entries.flatMap((entry) => entry.upstreams)));
      changed();
    },
    known: (): boolean => now !== undefined,
    find: (target: Target): Entry | undefined =>
      "label" in target ? now?.byLabel.get(target.label) : now?.byKey.get(target.key),
    ofComponent: (component: string): readonly Entry[] => now?.byComponent.get(component) ?? [],
    of: (component: string, port: number): Entry | undefined => now?.byKey.get(routeKey(component, port)),
    /** The one with least to do, in turns, and one that is silent only when there is no other; undefined when all are leaving or were tried. */
    pick(entry: Entry, tried: ReadonlySet<Upstream>): Upstream | undefined {
      turn = (turn + 1) % 1_000_000;
      let best: Upstream | undefined;
      for (let n = 0; n < entry.upstreams.length; n++) {
        const each = entry.upstreams[(n + turn) % entry.upstreams.length];
        if (each === undefined || each.leaving || tried.has(each)) continue;
        if (best === undefined || isBetter(each, best)) best = each;
      }
      return best;
    },
    /** Resolves when the table changes, the asker goes, or after `ms`. */
    change(asker: Asker, ms: number): Promise<void> {
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          waiting.delete(wake);
          asker.off("close", wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        waiting.add(wake);
        asker.once("close", wake);
      });
    },
    changed,
  };
}
export type RouteTable = ReturnType<typeof routeTable>;
