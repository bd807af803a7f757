import type * as z from "zod";

/**
 * Who may call, before any role is asked:
 * public: anyone · user: a signed-in person, no team needed · tenant: a member of the team or its API key, with `action` ·
 * agent: a data center's agent · build: a running builder, for its own build.
 */
export type Audience = "public" | "user" | "tenant" | "agent" | "build";

export const actions = [
  "team.view",
  "team.manage",
  "member.view",
  "member.manage",
  "key.view",
  "key.manage",
  "audit.view",
  "application.view",
  "application.edit",
  "component.view",
  "component.edit",
  "component.operate",
  "component.exec",
  "dataCenter.view",
  "dataCenter.manage",
] as const;
export type Action = (typeof actions)[number];

export interface ApiOperation {
  readonly method: "get" | "post" | "put" | "patch" | "delete";
  readonly path: string;
  readonly audience: Audience;
  /** Present exactly when the audience is `tenant`. */
  readonly action?: Action;
  /** One line for the OpenAPI document and the CLI. */
  readonly summary: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType;
  readonly result: z.ZodType;
  readonly status: 200 | 201 | 202 | 204;
  /** Of the answer, where it is not JSON: `result` is its text then, of gzip the base64. */
  readonly media?: "application/yaml" | "application/gzip";
}

/**
 * Whether a field that the request does not have is refused: people misspell. Agents and builders are of another version than the platform for a
 * while, and may say what this one does not know yet.
 */
export const refusesUnknownFields = ({ path }: Pick<ApiOperation, "path">): boolean => !path.startsWith("/v1/agent/");
