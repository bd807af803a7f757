import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type ApiError, apiErrorOf, unreachableError } from "../../../shared/client/api-error.ts";
import type { UploadId } from "../../../shared/contract/id.ts";
import { client } from "./client.ts";

/** Piece by piece: what the browser brings for this wants the whole file in memory, and a page served over TLS. */
async function digestOf(file: Blob): Promise<`sha256:${string}`> {
  const hash = sha256.create();
  await file.stream().pipeTo(new WritableStream({ write: (chunk: Uint8Array) => void hash.update(chunk) }));
  return `sha256:${bytesToHex(hash.digest())}`;
}

interface WriteRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** PUT with progress, which fetch does not tell. */
function put({ url, headers }: WriteRequest, file: Blob, progress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => reject(unreachableError(url, request));
    request.onload = () => (request.status === 200 ? resolve() : reject(failureOf(request)));
    request.send(file);
  });
}

/** One machine answers in our own form, a hosted store in its own. */
const failureOf = ({ responseText: text, status, statusText }: XMLHttpRequest): ApiError =>
  apiErrorOf({ status, statusText, text, retryAfter: null });

export async function upload(file: File, progress: (share: number) => void): Promise<UploadId> {
  const digest = await digestOf(file);
  const { upload, ...request } = await client.uploadCreate({ body: { fileName: file.name, sizeBytes: file.size, digest } });
  await put(request, file, progress);
  await client.uploadComplete({ params: { upload } });
  return upload;
}
