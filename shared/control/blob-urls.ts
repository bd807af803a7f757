import type * as z from "zod";
import { Fault, isFault, notFound } from "../base/fault.ts";
import type { BlobUrlRequest } from "../contract/agent.ts";
import { BuildId, type TenantId } from "../contract/id.ts";
import { blobsBytesMax, type BuildLimits } from "../domain/build-limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { announcement } from "./announce-blob.ts";
import { onConflictRetry } from "./change.ts";
import type { Agent } from "./accept-report.ts";
import { announcedBlobs, dataCenters, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { listAll, read } from "./entity.ts";
import { claim } from "./quota.ts";
import { failBuild } from "./report-build.ts";

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

interface Builder {
  readonly tenant: TenantId;
  readonly build: string;
  readonly attempt: number | undefined;
}
interface Made {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** Where a builder puts what it made. What is too much ends its build: whoever wants it is told, whatever becomes of the builder. @throws Fault `too_large`, `exhausted`. */
export async function buildBlobUrl(
  deps: Deps & { readonly buildLimits: Pick<BuildLimits, "slugBytes"> },
  { tenant, ...of }: Builder,
  made: Made,
): Promise<{ url: string; headers: Readonly<Record<string, string>> }> {
  try {
    await onConflictRetry(deps, () => announced(deps, tenant, made));
  } catch (error) {
    const build = BuildId.safeParse(of.build).data;
    if (build && isFault(error) && (error.code === "too_large" || error.code === "exhausted")) {
      const { reason = error.code, message, next = "", params } = error;
      await failBuild(deps, { ...of, tenant, build }, { code: reason, message, next, params });
    }
    throw error;
  }
  return deps.blobs.writeRequest({ namespace: tenant, ...made, expiresSeconds });
}

const mib = (bytes: number): number => Math.ceil(bytes / 1_048_576);

async function announced(
  deps: Core & { readonly buildLimits: Pick<BuildLimits, "slugBytes"> },
  tenant: TenantId,
  made: Made,
): Promise<void> {
  const { slugBytes } = deps.buildLimits;
  const [size, limit] = [mib(made.sizeBytes), mib(slugBytes)];
  if (made.sizeBytes > slugBytes)
    throw new Fault("too_large", `What the build made has ${size} MiB; it may have at most ${limit} MiB.`, {
      next: "Leave out what it does not need to run.",
      reason: "slug.too-large",
      params: { size, limit },
    });
  const claimed = await claim(deps, tenant, () => assertRoom(deps, tenant, made));
  await deps.table.transact([claimed, await announcement(deps, tenant, made)]);
}

/** @throws Fault `exhausted`. */
async function assertRoom(deps: Core, tenant: TenantId, { digest, sizeBytes }: Made): Promise<void> {
  const kept = await listAll(deps.table, announcedBlobs, { pk: `tenant#${tenant}`, prefix: "blob#" }, Number.POSITIVE_INFINITY);
  const bytes = kept.reduce((sum, blob) => sum + (blob.digest === digest ? 0 : blob.sizeBytes), sizeBytes);
  if (bytes <= blobsBytesMax) return;
  const [limit, size] = [mib(blobsBytesMax), mib(bytes)];
  throw new Fault(
    "exhausted",
    `What a team keeps of its uploads and builds has at most ${limit} MiB; with what this build made it would have ${size} MiB.`,
    {
      next: "Remove components that are not needed any more: what their releases run goes with them.",
      reason: "artifacts.too-large",
      params: { limit, size },
    },
  );
}
