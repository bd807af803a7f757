import { inTurns } from "../../shared/base/in-turns.ts";
import type { ReportedNode } from "../../shared/contract/data-center.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { Cluster } from "../../shared/ports/cluster.ts";
import { periodically } from "../runtime/periodically.ts";
import { type Endpoint, type Misses, missesAfter, placesOf, withReach } from "./reach.ts";

export interface NodeHealthParts {
  readonly cluster: Pick<Cluster, "observe">;
  /** Asks one place; where nothing is heard, traffic is led elsewhere until something is. */
  readonly reaches: (endpoint: Endpoint) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: (fields: object, message: string) => void;
}
export interface NodeHealth {
  /** The nodes, with what was found of their network. */
  told(nodes: readonly ReportedNode[]): ReportedNode[];
  stop(): void;
}

/** One place of each node is asked this often, in turns. */
const roundMs = 20_000;
/** Nodes that are asked at once. */
const atOnce = 16;
/** A node is not heard of when none of so many of its places is. */
const placesMax = 20;

/**
 * N2: whether the instances of each node can be reached over the network, which their kubelets, who ask from beside them, do not see. Traffic is led around
 * those that cannot, on each replica by what it sees itself.
 */
export function nodeHealth({ cluster, reaches, clock, log }: NodeHealthParts): NodeHealth {
  let misses: Misses = new Map();
  let round = 0;
  const inTurn = inTurns(atOnce);

  async function isHeard(places: readonly Endpoint[]): Promise<boolean> {
    const first = round % places.length;
    const [asked, ...others] = [...places.slice(first), ...places.slice(0, first)].slice(0, placesMax);
    if (!asked || (await reaches(asked))) return true;
    const heard = await Promise.all(others.map(reaches));
    return heard.includes(true);
  }
  async function look(): Promise<void> {
    const places = placesOf(await cluster.observe());
    const asked = [...places].map(([node, at]) => inTurn(async () => [node, await isHeard(at)] as const));
    misses = missesAfter(misses, new Map(await Promise.all(asked)));
    round += 1;
  }
  return {
    told: (nodes) => withReach(nodes, misses),
    stop: periodically(look, {
      everyMs: () => roundMs,
      clock,
      failed: (error) => log({ error }, "whether nodes are reached could not be found out; it is tried again"),
    }),
  };
}
