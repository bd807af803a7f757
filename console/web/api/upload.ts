import type { UploadId } from "../../../shared/contract/id.ts";
import { client } from "./client.ts";

/** PUT with progress, which fetch does not tell. @returns the digest that the store computed. */
function put(url: string, file: Blob, progress: (share: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => reject(new Error("The upload was interrupted."));
    request.onload = () => {
      const answer = request.response as { digest?: string; error?: { message?: string } } | null;
      if (request.status === 200 && answer?.digest) resolve(answer.digest);
      else reject(new Error(answer?.error?.message ?? `HTTP ${request.status}`));
    };
    request.send(file);
  });
}

export async function upload(file: File, progress: (share: number) => void): Promise<UploadId> {
  const ticket = await client.uploadCreate({ body: { fileName: file.name, sizeBytes: file.size } });
  const digest = await put(ticket.url, file, progress);
  await client.uploadComplete({ params: { upload: ticket.upload }, body: { digest } });
  return ticket.upload;
}
