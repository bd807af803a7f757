import * as z from "zod";
import type { ApiOperation } from "../api-operation.ts";
import { CheckId, DataCenterId, Digest, Time, UploadId } from "../id.ts";
import { Check, GitCredential, Language, Source } from "../source.ts";
import { noBody, none, WriteRequest } from "./parts.ts";

/** Source code: its checks and uploads. */
export const sourceOperations = {
  checkCreate: {
    method: "post",
    path: "/v1/checks",
    audience: "tenant",
    action: "component.edit",
    summary: "Look at a source before anything is created",
    params: none,
    query: none,
    body: z.object({
      source: Source,
      credential: GitCredential.optional(),
      language: Language.optional(),
      /** Where the component is to be: a data center that builds for itself looks for itself, at what only it may reach, too. */
      dataCenter: DataCenterId.optional(),
    }),
    result: Check,
    status: 202,
  },
  checkView: {
    method: "get",
    path: "/v1/checks/{check}",
    audience: "tenant",
    action: "component.view",
    summary: "View a check",
    params: z.object({ check: CheckId }),
    query: none,
    body: noBody,
    result: Check,
    status: 200,
  },
  uploadCreate: {
    method: "post",
    path: "/v1/uploads",
    audience: "tenant",
    action: "component.edit",
    summary: "Get a URL and headers to PUT a zip or tar with; the upload is then a source",
    params: none,
    query: none,
    body: z.object({ fileName: z.string().min(1).max(200), sizeBytes: z.int().min(1), digest: Digest }),
    result: z.object({ upload: UploadId, ...WriteRequest, expiresAt: Time }),
    status: 201,
  },
  uploadComplete: {
    method: "post",
    path: "/v1/uploads/{upload}/complete",
    audience: "tenant",
    action: "component.edit",
    summary: "Say that the PUT is done",
    params: z.object({ upload: UploadId }),
    query: none,
    body: noBody,
    result: z.object({ upload: UploadId, digest: Digest }),
    status: 200,
  },
} as const satisfies Record<string, ApiOperation>;
