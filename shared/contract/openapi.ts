import * as z from "zod";
import { type ApiOperation, type Audience, refusesUnknownFields } from "./api-operation.ts";
import { ErrorBody } from "./error-body.ts";
import { operations } from "./operations.ts";

type Json = Record<string, unknown>;
type Schemas = Record<string, Json>;

/** request: of people, who are told of what it does not have. agents: what an agent or a builder sends. answer: may gain fields, so clients are not to refuse any. */
type Use = "request" | "agents" | "answer";
const jsonSchemaOptions = (use: Use) =>
  ({
    io: use === "answer" ? "output" : "input",
    unrepresentable: "any",
    override: ({ jsonSchema }: { jsonSchema: { properties?: unknown; additionalProperties?: unknown } }): void => {
      if (jsonSchema.properties === undefined) return;
      if (use === "request") jsonSchema.additionalProperties = false;
      else delete jsonSchema.additionalProperties;
    },
  }) as const;

const referenced = (value: unknown, rename: (name: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((v) => referenced(v, rename));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, v]) => [
      key,
      key === "$ref" && typeof v === "string"
        ? `#/components/schemas/${rename(v.replace("#/$defs/", ""))}`
        : referenced(v, rename),
    ]),
  );
};

/** JSON Schema with the named schemas moved to `schemas`. What a client sends may leave out defaults, so such a schema is kept as `<Name>Input` where it differs. */
function schemaOf(schema: z.ZodType, use: Use, schemas: Schemas): Json {
  const {
    $schema: _,
    $defs = {},
    id: own,
    ...root
  } = z.toJSONSchema(schema, jsonSchemaOptions(use)) as Json & { $defs?: Schemas };
  const name = (id: string): string => (differing[use].has(id) ? `${id}Input` : id);
  for (const [id, { id: _id, $schema: _s, ...definition }] of Object.entries($defs))
    schemas[name(id)] = referenced(definition, name) as Json;
  if (typeof own !== "string") return referenced(root, name) as Json;
  schemas[name(own)] = referenced(root, name) as Json;
  return { $ref: `#/components/schemas/${name(own)}` };
}

/** Ids of the named schemas whose form in such a use is not what is answered, themselves or through what they hold. */
const differing: Readonly<Record<Use, ReadonlySet<string>>> = (() => {
  const all = (use: Use): Schemas =>
    z.toJSONSchema(z.globalRegistry, { ...jsonSchemaOptions(use), uri: (id) => `#/$defs/${id}` }).schemas as Schemas;
  const text = (value: unknown): string => JSON.stringify(value);
  const output = all("answer");
  const differ = (input: Schemas): ReadonlySet<string> => {
    const differs = new Set(Object.keys(output).filter((id) => text(input[id]) !== text(output[id])));
    for (let before = -1; before !== differs.size; ) {
      before = differs.size;
      for (const [id, schema] of Object.entries(output))
        if ([...differs].some((d) => text(schema).includes(`"#/$defs/${d}"`))) differs.add(id);
    }
    return differs;
  };
  return { request: differ(all("request")), agents: differ(all("agents")), answer: new Set() };
})();

const security: Record<Audience, readonly Json[]> = {
  public: [],
  user: [{ session: [] }, { sessionCookie: [] }],
  tenant: [{ apiKey: [] }, { session: [] }, { sessionCookie: [] }],
  agent: [{ agent: [] }],
  build: [{ build: [] }],
};
const securitySchemes = {
  apiKey: { type: "http", scheme: "bearer", description: "An API key of a team: `pluvia_…`" },
  session: { type: "http", scheme: "bearer", description: "A person's session, for programs: `pluvia_session_…`" },
  sessionCookie: {
    type: "apiKey",
    in: "cookie",
    name: "pluvia_session",
    description:
      "A person's session in a browser; where the platform has TLS it is named `__Host-pluvia_session`. Mutating calls also need the header `pluvia-csrf`.",
  },
  agent: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A data center's agent: a token of 60 s, signed with its own key",
  },
  build: { type: "http", scheme: "bearer", description: "The token of one running build" },
};
const headers = {
  idempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    description: "The same key gives the same answer: send it again when an answer was lost.",
    schema: { type: "string", minLength: 1, maxLength: 200 },
  },
  team: {
    name: "pluvia-team",
    in: "header",
    description: "Which team a session acts for; absent: the person's first one. An API key has its own.",
    schema: { $ref: "#/components/schemas/TenantId" },
  },
  csrf: {
    name: "pluvia-csrf",
    in: "header",
    description: "The session's `csrf` value, for mutating calls that authenticate by cookie.",
    schema: { type: "string" },
  },
};

/** Tags are the first noun of the path; the agents' protocol is apart. */
const tagOf = (path: string): string => path.split("/")[2]?.replace(/\.json$/, "") ?? "";
const parameterRef = (name: keyof typeof headers): Json => ({ $ref: `#/components/parameters/${name}` });
const responseRef = (name: string): Json => ({ $ref: `#/components/responses/${name}` });

const sentBy = (o: ApiOperation): Use => (refusesUnknownFields(o) ? "request" : "agents");

function parametersOf(o: ApiOperation, schemas: Schemas): Json[] {
  const path = schemaOf(o.params, sentBy(o), schemas) as { properties?: Schemas };
  const query = schemaOf(o.query, sentBy(o), schemas) as { properties?: Schemas; required?: string[] };
  const mutates = o.method !== "get";
  const person = o.audience === "tenant" || o.audience === "user";
  return [
    ...Object.entries(path.properties ?? {}).map(([name, schema]) => ({ name, in: "path", required: true, schema })),
    ...Object.entries(query.properties ?? {}).map(([name, schema]) => ({
      name,
      in: "query",
      required: (query.required ?? []).includes(name),
      schema,
    })),
    ...(mutates && person ? [parameterRef("idempotencyKey")] : []),
    ...(o.audience === "tenant" ? [parameterRef("team")] : []),
    ...(mutates && person ? [parameterRef("csrf")] : []),
  ];
}

const errorCases = (o: ApiOperation, takesBody: boolean): Record<string, Json> => ({
  ...((takesBody || Object.keys(o.params.shape).length + Object.keys(o.query.shape).length > 0) && {
    400: responseRef("Invalid"),
  }),
  ...(o.audience !== "public" && { 401: responseRef("Unauthenticated") }),
  ...((o.audience === "tenant" || o.audience === "user") && { 403: responseRef("Forbidden") }),
  ...(Object.keys(o.params.shape).length > 0 && { 404: responseRef("NotFound") }),
  ...(o.method !== "get" && { 409: responseRef("Conflict") }),
  ...(takesBody && { 413: responseRef("TooLarge") }),
  429: responseRef("Throttled"),
  default: responseRef("Failure"),
});
const errorDescriptions: Record<string, string> = {
  Invalid: "The request is wrong; `fields` tell where.",
  Unauthenticated: "No or dead credentials.",
  Forbidden: "Known, but not allowed to.",
  NotFound: "Absent, or not yours to know of.",
  Conflict: "It changed meanwhile, its state does not allow this, or a quota is used up.",
  TooLarge: "Over a size limit.",
  Throttled: "Too many requests: wait as long as Retry-After says.",
  Failure: "Anything else that went wrong, with what to do next.",
};

const isNothing = (schema: z.ZodType): boolean => schema.def.type === "undefined";

function operationOf(operationId: string, o: ApiOperation, schemas: Schemas): Json {
  const takesBody = !isNothing(o.body);
  return {
    operationId,
    summary: o.summary,
    tags: [tagOf(o.path)],
    security: security[o.audience],
    ...(o.action && { "x-pluvia-action": o.action }),
    parameters: parametersOf(o, schemas),
    ...(takesBody && {
      requestBody: { required: true, content: { "application/json": { schema: schemaOf(o.body, sentBy(o), schemas) } } },
    }),
    responses: {
      [o.status]: isNothing(o.result)
        ? { description: "Done." }
        : {
            description: o.status === 202 ? "Accepted: follow it to its end." : "Done.",
            content: { [o.media ?? "application/json"]: { schema: schemaOf(o.result, "answer", schemas) } },
          },
      ...errorCases(o, takesBody),
    },
  };
}

/** The OpenAPI 3.1 document of the whole API, derived from the operations table. */
export function openApiDocument(version: string, server?: string): Json {
  const schemas: Schemas = {};
  const paths: Record<string, Json> = {};
  for (const [operationId, o] of Object.entries<ApiOperation>(operations)) {
    paths[o.path] = { ...paths[o.path], [o.method]: operationOf(operationId, o, schemas) };
  }
  const error = schemaOf(ErrorBody, "answer", schemas);
  return {
    openapi: "3.1.0",
    info: {
      title: "Pluvia",
      version,
      description: "From source code, images and templates to running applications.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    ...(server && { servers: [{ url: server }] }),
    tags: [...new Set(Object.values<ApiOperation>(operations).map((o) => tagOf(o.path)))].sort().map((name) => ({ name })),
    paths,
    components: {
      securitySchemes,
      parameters: headers,
      responses: Object.fromEntries(
        Object.entries(errorDescriptions).map(([name, description]) => [
          name,
          { description, content: { "application/json": { schema: error } } },
        ]),
      ),
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
    },
  };
}
