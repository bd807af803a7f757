import { performance } from "node:perf_hooks";
import type { Trouble } from "../../shared/domain/gateway/page.ts";
import type { Upstream } from "./backends.ts";
import type { Asker, Entry, RouteTable, Target } from "./table.ts";

/** Waiting mends none of these. */
const hopeless: ReadonlySet<Trouble> = new Set(["unknown", "stopped", "failed"]);

export type Choice =
  | { readonly upstream: Upstream; readonly entry: Entry }
  | { readonly trouble: Trouble; readonly entry: Entry | undefined };

/** Held requests cost memory: a page for the rest. 2,000 requests of at most 32 KiB of headers are 64 MiB at worst. */
const heldMax = 2_000;
/** How soon a place that refused is asked again while nothing else changes. */
const againMs = 100;

/** Finds the place for each try of each request, and holds requests for which there is none yet. */
export function chooser(table: RouteTable, holdMs: number) {
  let held = 0;
  const wait = async (asker: Asker, ms: number) => {
    held++;
    await table.change(asker, ms);
    held--;
  };

  const pick = (target: Target, tried: Set<Upstream>): Choice => {
    const entry = table.find(target);
    const upstream = entry && table.pick(entry, tried);
    if (entry === undefined || upstream === undefined) return { trouble: troubleOf(table, entry), entry };
    tried.add(upstream);
    return { upstream, entry };
  };

  return {
    /** The tries of one request. Each waits for a place until `holdMs` have passed since the first, or the asker is gone. */
    tries(target: Target, asker: Asker) {
      const until = performance.now() + holdMs;
      const tried = new Set<Upstream>();
      return async (): Promise<Choice> => {
        for (;;) {
          const choice = pick(target, tried);
          const left = until - performance.now();
          if ("upstream" in choice || hopeless.has(choice.trouble) || left <= 0 || held >= heldMax || asker.destroyed)
            return choice;
          // Having asked all of them, ask them again soon: one may have been restarted in place.
          await wait(asker, tried.size > 0 ? Math.min(left, againMs) : left);
          tried.clear();
        }
      };
    },
  };
}
export type Chooser = ReturnType<typeof chooser>;

function troubleOf(table: RouteTable, entry: Entry | undefined): Trouble {
  if (entry === undefined) return table.known() ? "unknown" : "starting";
  return entry.route.condition === "ready" ? "unreachable" : entry.route.condition;
}
