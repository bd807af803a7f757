import { Fault } from "../base/fault.ts";
import type { TenantId } from "../contract/id.ts";
import type { Write } from "../ports/table.ts";
import { announcedBlobs, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { next, put, read } from "./entity.ts";

/** Longer than whoever removes it may run (sweep-storage in serverless.yml): it has been stopped by a crash. */
export const removalMaxMs = 15 * 60_000;

/**
 * To be written before anyone is told how to PUT the content: from then on the sweep knows of it, and leaves it alone until a record may refer to it.
 * @throws Fault `unavailable` while the sweep is removing it.
 */
export async function announcement(
  deps: Pick<Core, "table" | "clock">,
  tenant: TenantId,
  { digest, sizeBytes }: { readonly digest: string; readonly sizeBytes: number },
): Promise<Write> {
  const known = await read(deps.table, announcedBlobs, keyOf.announcedBlob(tenant, digest));
  const now = deps.clock.now();
  if (known?.goingSince && now.getTime() - Date.parse(known.goingSince) < removalMaxMs)
    throw new Fault("unavailable", "The same content, which nothing needed any more, is being removed just now.", {
      next: "Try again in a minute.",
      reason: "blob.going",
      retryAfterSeconds: 60,
    });
  const announced = { sizeBytes, announcedAt: now.toISOString(), goingSince: null };
  return put(announcedBlobs, known ? next(known, announced) : { tenant, digest, ...announced, generation: 1 });
}
