import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import { clusterPreflight } from "../../shared/adapters/kubernetes/preflight.ts";
import type { Preflight } from "../../shared/contract/data-center.ts";
import { preflightFinding } from "../../shared/domain/preflight.ts";
import { cloudPreflight, reasonOf, surroundings } from "../runtime/preflight.ts";

const registryMs = 10_000;

async function registryFinding(address: string | undefined): Promise<Preflight> {
  if (address === undefined) return preflightFinding("image-registry.none");
  try {
    // Whatever it says to somebody it does not know: that it answers is all that counts.
    await fetch(new URL("/v2/", address), { signal: AbortSignal.timeout(registryMs), redirect: "manual" });
    return preflightFinding("image-registry.ok", { address });
  } catch (error) {
    return preflightFinding("image-registry.unreachable", { address, reason: reasonOf(error) });
  }
}

export interface PreflightParts {
  readonly client: Client;
  readonly namespace: string;
  readonly cloudUrl: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Of the data center's registry. */
  readonly registryUrl: string | undefined;
}

/** What is looked at before joining, and with every report. */
export function preflightOf(parts: PreflightParts): () => Promise<Preflight[]> {
  const around = surroundings(parts.cloudUrl, parts.environment);
  return async () => {
    const [platform, cluster, registry] = await Promise.all([
      cloudPreflight(around),
      clusterPreflight(parts.client, parts.namespace),
      registryFinding(parts.registryUrl),
    ]);
    return [...platform, ...cluster, registry];
  };
}
