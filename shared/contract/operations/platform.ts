import * as z from "zod";
import type { ApiOperation } from "../api-operation.ts";
import { Time } from "../id.ts";
import { none, noBody } from "./parts.ts";

/** What the platform tells of itself. */
export const platformOperations = {
  healthView: {
    method: "get",
    path: "/v1/health",
    audience: "public",
    summary: "Tell whether the platform answers",
    params: none,
    query: none,
    body: noBody,
    result: z.object({ status: z.literal("ok"), version: z.string(), time: Time }),
    status: 200,
  },
  openapiView: {
    method: "get",
    path: "/v1/openapi.json",
    audience: "public",
    summary: "The OpenAPI 3.1 document of this API",
    params: none,
    query: none,
    body: noBody,
    result: z.record(z.string(), z.unknown()),
    status: 200,
  },
} as const satisfies Record<string, ApiOperation>;
