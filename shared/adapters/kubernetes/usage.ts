import type { Clock } from "../../ports/clock.ts";
import type { Client } from "./client.ts";
import { askKubelets } from "./kubelets.ts";
import type { Measurement, NodeUsage } from "./measurement.ts";
import { askMetricsServer } from "./metrics-server.ts";
import type { Usage } from "./pod.ts";

export interface UsageMeter {
  pod(namespace: string, name: string): Usage | undefined;
  /** Of the nodes that told theirs. */
  nodes(): readonly NodeUsage[];
  /** Asks anew when what is known is old; those who look do not wait for it. */
  refresh(nodes: readonly string[]): void;
  /** Resolves when what was asked has been answered. */
  settled(): Promise<void>;
}
export interface UsageMeterParts {
  readonly client: Pick<Client, "transport">;
  readonly clock: Clock;
  /** Those of our teams. */
  readonly namespaces: () => readonly string[];
  /** Called when something was measured. */
  readonly measured: () => void;
}

/** Kubelets measure every 10 s. What changes all the time is asked for less often: an answer lists every container of a node. */
const freshMs = 30_000;

/** How much nodes and pods use: asked of the kubelets, else of a metrics server, which tells less; nothing where neither answers. */
export function usageMeter({ client, clock, namespaces, measured }: UsageMeterParts): UsageMeter {
  let known: Measurement = { pods: new Map(), nodes: [] };
  let askedAt = 0;
  let asking: Promise<void> = Promise.resolve();

  async function ask(names: readonly string[]): Promise<void> {
    const told = await askKubelets(client, names);
    known = told.nodes.length > 0 ? told : await askMetricsServer(client, namespaces());
    measured();
  }
  return {
    pod: (namespace, name) => known.pods.get(`${namespace}/${name}`),
    nodes: () => known.nodes,
    refresh(names) {
      const now = clock.now().getTime();
      if (now - askedAt < freshMs) return;
      askedAt = now;
      asking = ask(names);
    },
    settled: () => asking,
  };
}
