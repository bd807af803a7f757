import type { BlobWrite } from "../../shared/ports/blob-store.ts";

/** Makes a signed request as any program would. */
export async function fetchBlob({ url, headers }: BlobWrite, content?: Buffer): Promise<{ status: number; body: Buffer }> {
  const answer = await fetch(url, content ? { method: "PUT", headers, body: new Uint8Array(content) } : { headers });
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
}
