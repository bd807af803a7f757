import { Fault, notFound } from "../base/fault.ts";
import { UploadId } from "../contract/id.ts";
import { uploadBytesMax, uploadUrlSeconds } from "../domain/build-limits.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import { keyOf, uploads } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { next, put, read } from "./entity.ts";

type UploadDeps = Core & { readonly blobs: BlobStore };

/** A place to PUT source code to. What arrives is checked by the builder, not here. */
export async function createUpload(deps: UploadDeps, caller: Caller, asked: { fileName: string; sizeBytes: number }) {
  if (asked.sizeBytes > uploadBytesMax)
    throw new Fault("too_large", `An upload has at most ${uploadBytesMax} bytes; this would have ${asked.sizeBytes}.`, {
      next: "Leave out dependencies and build results: the platform makes them itself.",
      reason: "upload.too-large",
      params: { limit: uploadBytesMax, size: asked.sizeBytes },
      fields: [{ path: "sizeBytes", message: `at most ${uploadBytesMax}`, rule: "too_big", params: { maximum: uploadBytesMax } }],
    });
  const { tenant } = caller;
  const id = UploadId.parse(deps.ids.next("upl"));
  const now = deps.clock.now();
  const url = await deps.blobs.presign({
    kind: "put",
    namespace: tenant,
    maxBytes: asked.sizeBytes,
    expiresSeconds: uploadUrlSeconds,
  });
  const expiresAt = new Date(now.getTime() + uploadUrlSeconds * 1_000).toISOString();
  const upload = { id, tenant, ...asked, digest: null, createdAt: now.toISOString(), generation: 1 };
  const audit = { subject: id, changes: [{ path: "fileName", before: null, after: asked.fileName }] };
  return commit(deps, caller, { writes: [put(uploads, upload)], audit }, { upload: id, url, expiresAt });
}

/** From here on the upload is a source. @throws Fault `conflict` when nothing with this digest has arrived. */
export const completeUpload = (deps: UploadDeps, caller: Caller, asked: { upload: UploadId; digest: string }) =>
  onConflictRetry(deps, async () => {
    const { upload: id, digest } = asked;
    const upload = await read(deps.table, uploads, keyOf.upload(caller.tenant, id));
    if (!upload) throw notFound("upload", id);
    if (upload.digest === digest) return { upload: id, digest };
    if (upload.digest !== null)
      throw new Fault("conflict", "This upload is complete already.", {
        next: "Create another one.",
        reason: "upload.complete",
      });
    if (!(await deps.blobs.has(caller.tenant, digest)))
      throw new Fault("conflict", "Nothing with this digest has arrived.", {
        next: "PUT the file to the upload's URL first; its answer tells the digest.",
        reason: "upload.nothing",
      });
    const audit = { subject: id, changes: [{ path: "digest", before: null, after: digest }] };
    return commit(deps, caller, { writes: [put(uploads, next(upload, { digest }))], audit }, { upload: id, digest });
  });
