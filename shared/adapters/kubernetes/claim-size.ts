import { Fault, isFault } from "../../base/fault.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { bytesOf } from "./quantity.ts";
import type { Claim } from "./shapes.ts";

interface ClaimSpec {
  readonly resources: { readonly requests: { readonly storage: string } };
}
type ClaimManifest = KubernetesObject & { readonly spec: ClaimSpec };
interface WithTemplates extends KubernetesObject {
  readonly spec: {
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string }; readonly spec: ClaimSpec }[];
  };
}
const isClaim = (o: KubernetesObject): o is ClaimManifest => o.kind === "PersistentVolumeClaim";
const isStatefulSet = (o: KubernetesObject): o is WithTemplates => o.kind === "StatefulSet";
const sizeOf = (claim: { readonly spec: Partial<ClaimSpec> }): string => claim.spec.resources?.requests.storage ?? "0";

/** What makes a claim that is there as large as it is wanted; undefined: nothing speaks of it. Those of stateful instances are named by no manifest. */
function wantedFor(
  { metadata: { name, namespace = "" } }: Claim,
  manifests: readonly KubernetesObject[],
): ClaimManifest | undefined {
  for (const manifest of manifests) {
    if (isClaim(manifest) && manifest.metadata.name === name) return manifest;
    const templates = isStatefulSet(manifest) ? (manifest.spec.volumeClaimTemplates ?? []) : [];
    const made = templates.find((t) => name.replace(/-\d+$/, "") === `${t.metadata.name}-${manifest.metadata.name}`);
    const spec = { resources: { requests: { storage: made ? sizeOf(made) : "0" } } };
    if (made) return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, namespace }, spec };
  }
  return undefined;
}

async function grow(client: Client, claim: Claim, wanted: ClaimManifest): Promise<void> {
  try {
    await client.apply(wanted);
  } catch (error) {
    if (!isFault(error, "forbidden") && !isFault(error, "invalid")) throw error;
    const { name } = claim.metadata;
    const storageClass = claim.spec.storageClassName ?? "";
    throw new Fault(
      "invalid",
      `The volume ${name} cannot grow from ${sizeOf(claim)} to ${sizeOf(wanted)}: its storage class ${storageClass} does not allow it.`,
      {
        next: "Give the volume its former size back; or add another one, of a storage class that allows growth, and copy the data.",
        cause: error,
      },
    );
  }
}

/** A volume never shrinks: one that is larger than wanted (after a rollback, say) stays as it is. */
const atLeast = (manifest: ClaimManifest, claim: Claim | undefined): ClaimManifest =>
  claim === undefined || bytesOf(sizeOf(claim)) <= bytesOf(sizeOf(manifest))
    ? manifest
    : { ...manifest, spec: { ...manifest.spec, resources: { requests: { storage: sizeOf(claim) } } } };

/**
 * Lets the claims that are there grow to what is wanted. Answers the manifests as they can be applied.
 * @throws Fault `invalid` when the storage class does not allow it
 */
export async function fitClaims(
  client: Client,
  claims: readonly Claim[],
  manifests: readonly KubernetesObject[],
): Promise<readonly KubernetesObject[]> {
  for (const claim of claims) {
    const wanted = wantedFor(claim, manifests);
    if (wanted !== undefined && bytesOf(sizeOf(wanted)) > bytesOf(sizeOf(claim))) await grow(client, claim, wanted);
  }
  const named = new Map(claims.map((claim) => [claim.metadata.name, claim]));
  return manifests.map((manifest) => (isClaim(manifest) ? atLeast(manifest, named.get(manifest.metadata.name)) : manifest));
}
