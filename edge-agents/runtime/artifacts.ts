import { Readable } from "node:stream";
import { Fault } from "../../shared/base/fault.ts";
import type { Artifacts } from "../../shared/adapters/local/cluster/trees.ts";
import type { Cloud } from "./cloud.ts";

/** Reads an artifact through a URL that the platform signs for this one blob. */
export const artifacts = (api: Pick<Cloud, "blobUrl">): Artifacts => ({
  fetch: async (tenant, digest) => {
    const { url } = await api.blobUrl({ kind: "get", tenant, digest } as Parameters<Cloud["blobUrl"]>[0]);
    const answer = await fetch(url);
    if (!answer.ok || !answer.body)
      throw new Fault("unavailable", `The artifact could not be read: the platform answered ${answer.status}.`);
    return Readable.fromWeb(answer.body);
  },
});
