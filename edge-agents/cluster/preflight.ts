import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import { clusterPreflight } from "../../shared/adapters/kubernetes/preflight.ts";
import type { Preflight } from "../../shared/contract/data-center.ts";
import { preflightFinding } from "../../shared/domain/preflight.ts";
import { cloudPreflight, reasonOf, surroundings } from "../runtime/preflight.ts";

const registryMs = 10_000;

/** Why it does not answer; undefined: it does. */
async function unanswered(address: string): Promise<string | undefined> {
  try {
    // Whatever it says to somebody it does not know: that it answers is all that counts.
    await fetch(new URL("/v2/", address), { signal: AbortSignal.timeout(registryMs), redirect: "manual" });
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

type Registries = Pick<PreflightParts, "registryUrl" | "platformRegistry">;
/** Until the platform has told whether it has one, there is nothing to find. */
export async function registryFindings({ registryUrl: own, platformRegistry }: Registries): Promise<Preflight[]> {
  const address = own ?? platformRegistry();
  if (address === undefined) return [];
  if (address === null) return [preflightFinding("image-registry.none")];
  const reason = await unanswered(address);
  const [ok, failed] = own
    ? (["image-registry.ok", "image-registry.unreachable"] as const)
    : (["image-registry.platform", "image-registry.platform-unreachable"] as const);
  return [reason === undefined ? preflightFinding(ok, { address }) : preflightFinding(failed, { address, reason })];
}

export interface PreflightParts {
  readonly client: Client;
  readonly namespace: string;
  readonly cloudUrl: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Of the data center's registry. */
  readonly registryUrl: string | undefined;
  /** The platform's; null: it has none; undefined: it has not told yet. */
  readonly platformRegistry: () => string | null | undefined;
}

/** What is looked at before joining, and with every report. */
export function preflightOf(parts: PreflightParts): () => Promise<Preflight[]> {
  const around = surroundings(parts.cloudUrl, parts.environment);
  return async () => {
    const [platform, cluster, registries] = await Promise.all([
      cloudPreflight(around),
      clusterPreflight(parts.client, parts.namespace),
      registryFindings(parts),
    ]);
    return [...platform, ...cluster, ...registries];
  };
}
