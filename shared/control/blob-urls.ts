import type * as z from "zod";
import { Fault, notFound } from "../base/fault.ts";
import type { BlobUrlRequest } from "../contract/agent.ts";
import type { TenantId } from "../contract/id.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { announcement } from "./announce-blob.ts";
import { onConflictRetry } from "./change.ts";
import type { Agent } from "./accept-report.ts";
import { dataCenters, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { read } from "./entity.ts";

type Deps = Core & { readonly blobs: BlobStore };
/** A slug of 1 GiB at 2 MB/s. */
const expiresSeconds = 600;

/** An agent reads artifacts of the teams that its data center serves; it never writes any. */
export async function agentBlobUrl(deps: Deps, agent: Agent, asked: z.infer<typeof BlobUrlRequest>): Promise<{ url: string }> {
  if (asked.kind === "put")
    throw new Fault("forbidden", "An agent writes no artifacts.", { next: "Only builders do.", reason: "agent.no-builder" });
  const dataCenter = await read(deps.table, dataCenters, keyOf.dataCenter(agent.dataCenter));
  const { tenant, digest } = asked;
  const serves = dataCenter !== undefined && (dataCenter.tenant === null || dataCenter.tenant === tenant);
  if (!serves || !(await deps.blobs.has({ namespace: tenant, digest }))) throw notFound("artifact", digest);
  return { url: await deps.blobs.readUrl({ namespace: tenant, digest, expiresSeconds }) };
}

export async function buildBlobUrl(
  deps: Deps,
  tenant: TenantId,
  asked: { digest: string; sizeBytes: number },
): Promise<{ url: string; headers: Readonly<Record<string, string>> }> {
  await onConflictRetry(deps, async () => deps.table.transact([await announcement(deps, tenant, asked.digest)]));
  return deps.blobs.writeRequest({ namespace: tenant, ...asked, expiresSeconds });
}
