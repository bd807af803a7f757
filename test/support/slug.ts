import { gunzipSync } from "node:zlib";
import { readTar } from "../../edge-agents/builder/tar-reader.ts";
import type { Outcome } from "./builder-world.ts";

/** The artifact of a build that must have succeeded. */
export const slugOf = (
  outcome: Pick<Outcome, "result" | "log">,
): { digest: string; command: string | null; sizeBytes: number } => {
  const { result } = outcome;
  if (result?.state !== "succeeded" || result.artifact?.kind !== "slug")
    throw new Error(`the build made no slug: ${JSON.stringify(result)}\n${outcome.log}`);
  return result.artifact;
};

/** Content by path; of a link, where it points. */
export const slugFiles = async (blobs: ReadonlyMap<string, Buffer>, digest: string): Promise<Record<string, string>> => {
  const files: Record<string, string> = {};
  const bytes = gunzipSync(blobs.get(digest) ?? Buffer.alloc(0));
  const once = async function* (): AsyncGenerator<Buffer> {
    yield bytes;
  };
  for await (const item of readTar(once())) {
    const pieces: Buffer[] = [];
    for await (const piece of item.content()) pieces.push(piece);
    files[item.name] = item.target ?? Buffer.concat(pieces).toString("utf8");
  }
  return files;
};
