import * as z from "zod";
import type { ApiOperation } from "../api-operation.ts";
import {
  AgentPlace,
  AgentRegistered,
  AgentRegistration,
  AgentReport,
  BlobUrlRequest,
  BuildOrder,
  BuildReport,
  DesiredPage,
  ImagePlace,
  ImageRequest,
  PullCredential,
} from "../agent.ts";
import { BuildId, CheckId, Digest } from "../id.ts";
import { noBody, none, WriteRequest } from "./parts.ts";

/** What data centers' agents and running builders call. */
export const agentOperations = {
  agentRegister: {
    method: "post",
    path: "/v1/agent/registrations",
    audience: "public",
    summary: "Join a data center with a one-time token",
    params: none,
    query: none,
    body: AgentRegistration,
    result: AgentRegistered,
    status: 201,
  },
  agentDesired: {
    method: "get",
    path: "/v1/agent/desired",
    audience: "agent",
    summary: "Desired state after a cursor; 0 answers everything",
    params: none,
    /** `digest`: of all that the agent knows; with cursor 0, everything is sent only if it differs. */
    query: z.object({ cursor: z.coerce.number().int().min(0).default(0), digest: z.string().max(64).optional() }),
    body: noBody,
    result: DesiredPage,
    status: 200,
  },
  agentReport: {
    method: "post",
    path: "/v1/agent/reports",
    audience: "agent",
    summary: "Tell what is true in the data center",
    params: none,
    query: none,
    body: AgentReport,
    /**
     * `agentUpdate`: the version that the agent should be, when it told its own and that is older. `registry`: the platform's, for images of what is built; null:
     * it has none.
     */
    result: z.object({
      cursor: z.int(),
      agentUpdate: z.string().nullable().default(null),
      registry: z.string().nullable().default(null),
    }),
    status: 200,
  },
  agentPlace: {
    method: "get",
    path: "/v1/agent/place",
    audience: "agent",
    summary: "Where the agent hears that it should look",
    params: none,
    query: none,
    body: noBody,
    result: AgentPlace,
    status: 200,
  },
  agentBlobUrl: {
    method: "post",
    path: "/v1/agent/blob-urls",
    audience: "agent",
    summary: "A URL to read an artifact from",
    params: none,
    query: none,
    body: BlobUrlRequest,
    result: z.object({ url: z.string() }),
    status: 200,
  },
  agentImage: {
    method: "post",
    path: "/v1/agent/images",
    audience: "agent",
    summary: "Where an image of what was built is in the platform's registry, or is to be put",
    params: none,
    query: none,
    body: ImageRequest,
    /** null: the platform has no registry. */
    result: z.object({ place: ImagePlace.nullable() }),
    status: 200,
  },
  agentPullCredential: {
    method: "post",
    path: "/v1/agent/pull-credentials",
    audience: "agent",
    summary: "What nodes pull a team's images with from the platform's registry",
    params: none,
    query: none,
    body: ImageRequest.omit({ tag: true }),
    /** null: the platform has no registry. */
    result: z.object({ credential: PullCredential.nullable() }),
    status: 200,
  },
  buildOrder: {
    method: "get",
    path: "/v1/agent/builds/{build}/order",
    audience: "build",
    summary: "What a builder is to build or check",
    params: z.object({ build: z.union([BuildId, CheckId]) }),
    query: none,
    body: noBody,
    result: BuildOrder,
    status: 200,
  },
  buildReport: {
    method: "post",
    path: "/v1/agent/builds/{build}/reports",
    audience: "build",
    summary: "Tell how a build or check goes",
    params: z.object({ build: z.union([BuildId, CheckId]) }),
    query: none,
    body: BuildReport,
    result: z.object({ cancelled: z.boolean() }),
    status: 200,
  },
  buildBlobUrl: {
    method: "post",
    path: "/v1/agent/builds/{build}/blob-urls",
    audience: "build",
    summary: "A URL and headers to PUT the artifact with",
    params: z.object({ build: z.union([BuildId, CheckId]) }),
    query: none,
    body: z.object({ digest: Digest, sizeBytes: z.int().min(1) }),
    result: z.object(WriteRequest),
    status: 200,
  },
} as const satisfies Record<string, ApiOperation>;
