import { Fault, notFound } from "../base/fault.ts";
import { type TenantId, UploadId } from "../contract/id.ts";
import { uploadBytesMax, uploadsBytesMax, uploadUrlSeconds } from "../domain/build-limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import { announcement } from "./announce-blob.ts";
import { keyOf, uploads } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { listAll, next, put, read } from "./entity.ts";
import { claim } from "./quota.ts";

type UploadDeps = Core & { readonly blobs: BlobStore };

/** How to PUT source code. What is in it is for the builder to check. */
export function createUpload(deps: UploadDeps, caller: Caller, asked: { fileName: string; sizeBytes: number; digest: string }) {
  if (asked.sizeBytes > uploadBytesMax)
    throw new Fault("too_large", `An upload has at most ${uploadBytesMax} bytes; this would have ${asked.sizeBytes}.`, {
      next: "Leave out dependencies and build results: the platform makes them itself.",
      reason: "upload.too-large",
      params: { limit: uploadBytesMax, size: asked.sizeBytes },
      fields: [{ path: "sizeBytes", message: `at most ${uploadBytesMax}`, rule: "too_big", params: { maximum: uploadBytesMax } }],
    });
  return onConflictRetry(deps, () => created(deps, caller, asked));
}

async function created(deps: UploadDeps, caller: Caller, asked: { fileName: string; sizeBytes: number; digest: string }) {
  const { tenant } = caller;
  const claimed = await claim(deps, tenant, () => assertRoom(deps, tenant, asked.sizeBytes));
  const id = UploadId.parse(deps.ids.next("upl"));
  const now = deps.clock.now();
  const { url, headers } = await deps.blobs.writeRequest({
    namespace: tenant,
    digest: asked.digest,
    sizeBytes: asked.sizeBytes,
    expiresSeconds: uploadUrlSeconds,
  });
  const at = now.toISOString();
  const expiresAt = new Date(now.getTime() + uploadUrlSeconds * 1_000).toISOString();
  const upload = { id, tenant, ...asked, isComplete: false, createdAt: at, usedAt: at, generation: 1 };
  const audit = { subject: id, changes: [{ path: "fileName", before: null, after: asked.fileName }] };
  return commit(
    deps,
    caller,
    { writes: [claimed, await announcement(deps, tenant, asked), put(uploads, upload)], audit },
    { upload: id, url, headers, expiresAt },
  );
}

/** @throws Fault `exhausted`. */
async function assertRoom(deps: Core, tenant: TenantId, sizeBytes: number): Promise<void> {
  const kept = await listAll(deps.table, uploads, { pk: `tenant#${tenant}`, prefix: "upload#" });
  const bytes = kept.reduce((sum, upload) => sum + upload.sizeBytes, sizeBytes);
  if (bytes <= uploadsBytesMax) return;
  throw new Fault(
    "exhausted",
    `The uploads of a team have at most ${uploadsBytesMax} bytes; with this one they would have ${bytes}.`,
    {
      next: "Wait: an upload goes a day after nothing needs it any more. Or remove components that are made of one.",
      reason: "uploads.too-large",
      params: { limit: uploadsBytesMax, size: bytes },
    },
  );
}

/** From here on the upload is a source. @throws Fault `conflict` when it has not arrived. */
export const completeUpload = (deps: UploadDeps, caller: Caller, asked: { upload: UploadId }) =>
  onConflictRetry(deps, async () => {
    const { upload: id } = asked;
    const upload = await read(deps.table, uploads, keyOf.upload(caller.tenant, id));
    if (!upload) throw notFound("upload", id);
    const { digest } = upload;
    if (upload.isComplete) return { upload: id, digest };
    if (!(await deps.blobs.has({ namespace: caller.tenant, digest })))
      throw new Fault("conflict", "Nothing with this digest has arrived.", {
        next: "PUT the file to the upload's URL first, with its headers.",
        reason: "upload.nothing",
      });
    const audit = { subject: id, changes: [{ path: "digest", before: null, after: digest }] };
    return commit(deps, caller, { writes: [put(uploads, next(upload, { isComplete: true }))], audit }, { upload: id, digest });
  });
