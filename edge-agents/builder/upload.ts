import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BuildFailure } from "../../shared/domain/build/failure.ts";
import type { BuildContext, FetchedSource } from "./context.ts";
import { getFile } from "./http.ts";
import { javaUpload } from "./java-upload.ts";
import { archiveKind, unpackArchive } from "./unpack.ts";

/** More files than any source seen; a million entries of no bytes each is a way to fill a disk. */
const entriesMax = 200_000;

const download = async (context: BuildContext, to: string): Promise<void> => {
  const { order, signal } = context;
  if (order.sourceUrl === null)
    throw new BuildFailure("upload.missing", "The upload is not there any more.", "Upload the source again.");
  const status = await getFile(new URL(order.sourceUrl), to, { bytesMax: order.limits.sourceBytes, signal });
  if (status === 404 || status === 403)
    throw new BuildFailure("upload.missing", "The upload is not there any more.", "Upload the source again.");
  if (status !== 200)
    throw new BuildFailure("upload.failed", `The upload could not be read: the store answered ${status}.`, "Try again.");
};

/** An archive often holds one folder that holds everything. */
const withoutSingleFolder = (folder: string): string => {
  const entries = readdirSync(folder, { withFileTypes: true });
  const [only] = entries;
  return entries.length === 1 && only?.isDirectory() ? join(folder, only.name) : folder;
};

/** The files of an uploaded archive. */
export const fetchUpload = async (context: BuildContext): Promise<FetchedSource> => {
  const { order, cache, log } = context;
  const archive = join(cache.root, "upload");
  const folder = join(cache.root, "unpacked");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    await download(context, archive);
    const java = archiveKind(archive) === "zip" ? await javaUpload(archive) : null;
    if (java !== null) {
      renameSync(archive, join(folder, java));
      return { folder, commit: null, branches: [], name: "upload", moved: null };
    }
    const guard = await unpackArchive(archive, folder, { entries: entriesMax, bytes: order.limits.sourceBytes * 4 });
    for (const [reason, count] of guard.skipped()) log.say(`Left out of the upload: ${count} entries, ${reason}.`);
  } finally {
    rmSync(archive, { force: true });
  }
  return { folder: withoutSingleFolder(folder), commit: null, branches: [], name: "upload", moved: null };
};
