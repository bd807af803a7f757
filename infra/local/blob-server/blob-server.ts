import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Fault, faultOf } from "../../../shared/base/fault.ts";
import { wrongSize } from "../../../shared/adapters/blob-rules.ts";
import { blobPrefix, grantOf } from "../../../shared/adapters/local/blob-url.ts";
import type { LocalBlobs } from "../../../shared/adapters/local/blobs.ts";
import type { Clock } from "../../../shared/ports/clock.ts";

const statuses: Partial<Record<Fault["code"], number>> = {
  invalid: 400,
  forbidden: 403,
  not_found: 404,
  too_large: 413,
  exhausted: 507,
  unavailable: 503,
};

/** 10 s: for how long the rest of a refused upload is taken, and thrown away. */
const restMs = 10_000;

/** Serves presigned URLs, as S3 does in the hosted plane. */
export function blobServer({ blobs, key, clock }: { blobs: LocalBlobs; key: string; clock: Clock }) {
  return {
    serves: (request: IncomingMessage): boolean => (request.url ?? "").startsWith(blobPrefix),
    handle: async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      try {
        await answer({ blobs, key, clock, request, response });
      } catch (error) {
        refuse(request, response, faultOf(error));
      }
    },
  };
}

interface Call {
  readonly blobs: LocalBlobs;
  readonly key: string;
  readonly clock: Clock;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function answer({ blobs, key, clock, request, response }: Call): Promise<void> {
  const method = request.method ?? "";
  if (!["GET", "HEAD", "PUT"].includes(method)) throw new Fault("invalid", `A blob's address takes GET or PUT, not ${method}.`);
  const grant = grantOf(key, method, new URL(request.url ?? "", "http://localhost"), clock.now().getTime());
  if (grant.kind === "put") {
    const told = request.headers["content-length"];
    if (told !== undefined && Number(told) !== grant.sizeBytes) throw wrongSize(grant.sizeBytes);
    // The request outlives what fails: the rest of it is still to be taken.
    await blobs.put(grant, request.iterator({ destroyOnReturn: false }));
    response.writeHead(200, { "content-length": 0 }).end();
    return;
  }
  const { content, sizeBytes } = await blobs.get(grant);
  response.writeHead(200, {
    "content-type": "application/octet-stream",
    "content-length": sizeBytes,
    etag: `"${grant.digest}"`,
    "x-content-type-options": "nosniff",
  });
  if (method === "HEAD") {
    content.destroy();
    response.end();
    return;
  }
  await pipeline(content, response);
}

function refuse(request: IncomingMessage, response: ServerResponse, fault: Fault): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({
    error: {
      code: fault.code,
      message: fault.message,
      next: fault.next ?? "Try again.",
      fields: [],
      request: "",
      operation: null,
    },
  });
  response.writeHead(statuses[fault.code] ?? 500, { "content-type": "application/json" }).end(body);
  // Whoever still sends would not hear the answer if the connection ended with it.
  request.resume();
  const tooLong = setTimeout(() => request.destroy(), restMs).unref();
  request.once("close", () => clearTimeout(tooLong));
}
