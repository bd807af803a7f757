import * as z from "zod";
import { AgentRegistered, AgentRegistration, AgentReport, BlobUrlRequest, BuildReport, DesiredPage, LogLine } from "./agent.ts";
import { Application, Component, ComponentCreate, ComponentUpdate, Plan, Variable, VariableName, VariableValue } from "./component.ts";
import { DataCenter } from "./data-center.ts";
import { ApplicationId, BuildId, CheckId, ComponentId, DataCenterId, InvitationId, KeyId, Name, OperationId as OperationIdSchema, PageQuery, pageOf, ReleaseId, Time, UploadId, UserId } from "./id.ts";
import { ApiKey, AuditEntry, Email, Invitation, Member, Password, PersonName, Role, Session, Tenant } from "./identity.ts";
import { Operation } from "./operation.ts";
import { Build, Release } from "./release.ts";
import { Check, GitCredential, Language, Source } from "./source.ts";

/**
 * Who may call, before any role is asked:
 * public: anyone · user: a signed-in person, no team needed · tenant: a member of the team or its API key, with `action` ·
 * agent: a data center's agent · build: a running builder, for its own build.
 */
export type Audience = "public" | "user" | "tenant" | "agent" | "build";

export const actions = [
  "team.view", "team.manage", "member.view", "member.manage", "key.view", "key.manage", "audit.view",
  "application.view", "application.edit", "component.view", "component.edit", "component.operate", "component.exec", "dataCenter.view",
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
}

const none = z.object({});
const noBody = z.undefined();
const application = z.object({ application: ApplicationId });
const component = z.object({ component: ComponentId });
/** What a mutation of a component's running state answers: follow the operation to its end. */
const Accepted = z.object({ operation: Operation, component: Component });
const Invite = z.string().min(20).max(200);

/** Every public operation. The API, OpenAPI document, CLI, console client and authorization matrix are read from here. */
export const operations = {
  healthView: { method: "get", path: "/v1/health", audience: "public", summary: "Tell whether the platform answers", params: none, query: none, body: noBody, result: z.object({ status: z.literal("ok"), version: z.string(), time: Time }), status: 200 },
  openapiView: { method: "get", path: "/v1/openapi.json", audience: "public", summary: "The OpenAPI 3.1 document of this API", params: none, query: none, body: noBody, result: z.record(z.string(), z.unknown()), status: 200 },

  userCreate: { method: "post", path: "/v1/users", audience: "public", summary: "Sign up and make a first team", params: none, query: none, body: z.object({ email: Email, password: Password, name: PersonName, team: z.string().trim().min(1).max(60).optional(), invitation: Invite.optional() }), result: Session, status: 201 },
  sessionCreate: { method: "post", path: "/v1/sessions", audience: "public", summary: "Sign in", params: none, query: none, body: z.object({ email: Email, password: z.string().max(200) }), result: Session, status: 201 },
  invitationView: { method: "get", path: "/v1/invitations/{token}", audience: "public", summary: "Look at an invitation", params: z.object({ token: Invite }), query: none, body: noBody, result: z.object({ team: z.string(), email: z.string(), role: Role, expiresAt: Time }), status: 200 },
  sessionView: { method: "get", path: "/v1/session", audience: "user", summary: "Who am I", params: none, query: none, body: noBody, result: Session, status: 200 },
  sessionRemove: { method: "delete", path: "/v1/session", audience: "user", summary: "Sign out", params: none, query: none, body: noBody, result: z.undefined(), status: 204 },
  userUpdate: { method: "patch", path: "/v1/session/user", audience: "user", summary: "Change one's name or password", params: none, query: none, body: z.object({ name: PersonName.optional(), password: Password.optional(), currentPassword: z.string().max(200).optional() }), result: Session, status: 200 },
  tenantCreate: { method: "post", path: "/v1/teams", audience: "user", summary: "Create a team", params: none, query: none, body: z.object({ name: z.string().trim().min(1).max(60) }), result: Tenant, status: 201 },
  invitationAccept: { method: "post", path: "/v1/invitations/{token}/accept", audience: "user", summary: "Join the team one was invited to", params: z.object({ token: Invite }), query: none, body: noBody, result: Tenant, status: 201 },

  tenantView: { method: "get", path: "/v1/team", audience: "tenant", action: "team.view", summary: "The team this call acts for", params: none, query: none, body: noBody, result: Tenant, status: 200 },
  tenantUpdate: { method: "patch", path: "/v1/team", audience: "tenant", action: "team.manage", summary: "Rename the team", params: none, query: none, body: z.object({ name: z.string().trim().min(1).max(60) }), result: Tenant, status: 200 },
  memberList: { method: "get", path: "/v1/members", audience: "tenant", action: "member.view", summary: "List members", params: none, query: PageQuery, body: noBody, result: pageOf(Member), status: 200 },
  memberUpdate: { method: "patch", path: "/v1/members/{user}", audience: "tenant", action: "member.manage", summary: "Change a member's role", params: z.object({ user: UserId }), query: none, body: z.object({ role: Role }), result: Member, status: 200 },
  memberRemove: { method: "delete", path: "/v1/members/{user}", audience: "tenant", action: "member.manage", summary: "Remove a member", params: z.object({ user: UserId }), query: none, body: noBody, result: z.undefined(), status: 204 },
  invitationList: { method: "get", path: "/v1/invitations", audience: "tenant", action: "member.view", summary: "List open invitations", params: none, query: PageQuery, body: noBody, result: pageOf(Invitation), status: 200 },
  invitationCreate: { method: "post", path: "/v1/invitations", audience: "tenant", action: "member.manage", summary: "Invite someone", params: none, query: none, body: z.object({ email: Email, role: Role }), result: z.object({ invitation: Invitation, token: z.string() }), status: 201 },
  invitationRemove: { method: "delete", path: "/v1/invitations/{invitation}", audience: "tenant", action: "member.manage", summary: "Withdraw an invitation", params: z.object({ invitation: InvitationId }), query: none, body: noBody, result: z.undefined(), status: 204 },
  keyList: { method: "get", path: "/v1/keys", audience: "tenant", action: "key.view", summary: "List API keys", params: none, query: PageQuery, body: noBody, result: pageOf(ApiKey), status: 200 },
  keyCreate: { method: "post", path: "/v1/keys", audience: "tenant", action: "key.manage", summary: "Create an API key; the key itself is answered this once", params: none, query: none, body: z.object({ name: ApiKey.shape.name, role: Role.default("developer"), applications: ApiKey.shape.applications.default(null), expiresInDays: z.int().min(1).max(3_650).nullable().default(null) }), result: z.object({ key: ApiKey, secret: z.string() }), status: 201 },
  keyRemove: { method: "delete", path: "/v1/keys/{key}", audience: "tenant", action: "key.manage", summary: "Revoke an API key", params: z.object({ key: KeyId }), query: none, body: noBody, result: z.undefined(), status: 204 },
  auditList: { method: "get", path: "/v1/audit-entries", audience: "tenant", action: "audit.view", summary: "List audit entries, newest first", params: none, query: PageQuery.extend({ subject: z.string().max(60).optional() }), body: noBody, result: pageOf(AuditEntry), status: 200 },
  dataCenterList: { method: "get", path: "/v1/data-centers", audience: "tenant", action: "dataCenter.view", summary: "List data centers", params: none, query: PageQuery, body: noBody, result: pageOf(DataCenter), status: 200 },
  dataCenterView: { method: "get", path: "/v1/data-centers/{dataCenter}", audience: "tenant", action: "dataCenter.view", summary: "View a data center", params: z.object({ dataCenter: DataCenterId }), query: none, body: noBody, result: DataCenter, status: 200 },

  checkCreate: { method: "post", path: "/v1/checks", audience: "tenant", action: "component.edit", summary: "Look at a source before anything is created", params: none, query: none, body: z.object({ source: Source, credential: GitCredential.optional(), language: Language.optional() }), result: Check, status: 202 },
  checkView: { method: "get", path: "/v1/checks/{check}", audience: "tenant", action: "component.view", summary: "View a check", params: z.object({ check: CheckId }), query: none, body: noBody, result: Check, status: 200 },
  uploadCreate: { method: "post", path: "/v1/uploads", audience: "tenant", action: "component.edit", summary: "Get a URL to PUT a zip or tar to; the upload is then a source", params: none, query: none, body: z.object({ fileName: z.string().min(1).max(200), sizeBytes: z.int().min(1) }), result: z.object({ upload: UploadId, url: z.string(), expiresAt: Time }), status: 201 },

  applicationList: { method: "get", path: "/v1/applications", audience: "tenant", action: "application.view", summary: "List applications", params: none, query: PageQuery, body: noBody, result: pageOf(Application), status: 200 },
  applicationCreate: { method: "post", path: "/v1/applications", audience: "tenant", action: "application.edit", summary: "Create an application", params: none, query: none, body: z.object({ name: Name, description: z.string().max(500).default("") }), result: Application, status: 201 },
  applicationView: { method: "get", path: "/v1/applications/{application}", audience: "tenant", action: "application.view", summary: "View an application", params: application, query: none, body: noBody, result: Application, status: 200 },
  applicationUpdate: { method: "patch", path: "/v1/applications/{application}", audience: "tenant", action: "application.edit", summary: "Rename or describe an application", params: application, query: none, body: z.object({ name: Name.optional(), description: z.string().max(500).optional() }), result: Application, status: 200 },
  applicationRemove: { method: "delete", path: "/v1/applications/{application}", audience: "tenant", action: "application.edit", summary: "Remove an application and every component in it", params: application, query: none, body: noBody, result: Application, status: 202 },

  componentList: { method: "get", path: "/v1/components", audience: "tenant", action: "component.view", summary: "List components", params: none, query: PageQuery.extend({ application: ApplicationId.optional() }), body: noBody, result: pageOf(Component), status: 200 },
  componentCreate: { method: "post", path: "/v1/applications/{application}/components", audience: "tenant", action: "component.edit", summary: "Create a component", params: application, query: none, body: ComponentCreate, result: Component, status: 201 },
  componentView: { method: "get", path: "/v1/components/{component}", audience: "tenant", action: "component.view", summary: "View a component", params: component, query: none, body: noBody, result: Component, status: 200 },
  componentUpdate: { method: "patch", path: "/v1/components/{component}", audience: "tenant", action: "component.edit", summary: "Change a component's source or configuration; it takes effect at the next deploy or configure", params: component, query: none, body: ComponentUpdate, result: Component, status: 200 },
  componentPlan: { method: "post", path: "/v1/components/{component}/plan", audience: "tenant", action: "component.view", summary: "Show what a change would do, without doing it", params: component, query: none, body: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("update"), update: ComponentUpdate }),
    z.object({ kind: z.literal("variables"), set: z.record(VariableName, z.object({ kind: z.enum(["plain", "secret"]), value: VariableValue })), unset: z.array(VariableName) }),
    z.object({ kind: z.literal("configure") }),
    z.object({ kind: z.literal("deploy") }),
    z.object({ kind: z.literal("rollback"), release: ReleaseId }),
    z.object({ kind: z.literal("scale"), replicas: z.int().min(0).max(50) }),
    z.object({ kind: z.literal("stop") }),
    z.object({ kind: z.literal("remove") }),
  ]), result: Plan, status: 200 },
  componentRemove: { method: "delete", path: "/v1/components/{component}", audience: "tenant", action: "component.edit", summary: "Remove a component with its releases and logs", params: component, query: none, body: noBody, result: Operation, status: 202 },
  componentDeploy: { method: "post", path: "/v1/components/{component}/deploy", audience: "tenant", action: "component.operate", summary: "Build the source and release it", params: component, query: none, body: z.object({ source: Source.optional() }), result: Accepted, status: 202 },
  componentConfigure: { method: "post", path: "/v1/components/{component}/configure", audience: "tenant", action: "component.operate", summary: "Release the current artifact with the current configuration and variables", params: component, query: none, body: noBody, result: Accepted, status: 202 },
  componentStart: { method: "post", path: "/v1/components/{component}/start", audience: "tenant", action: "component.operate", summary: "Start a stopped component", params: component, query: none, body: noBody, result: Accepted, status: 202 },
  componentStop: { method: "post", path: "/v1/components/{component}/stop", audience: "tenant", action: "component.operate", summary: "Stop a component, keeping its addresses and data", params: component, query: none, body: noBody, result: Accepted, status: 202 },
  componentRestart: { method: "post", path: "/v1/components/{component}/restart", audience: "tenant", action: "component.operate", summary: "Replace every instance, one after the other", params: component, query: none, body: noBody, result: Accepted, status: 202 },
  componentScale: { method: "post", path: "/v1/components/{component}/scale", audience: "tenant", action: "component.operate", summary: "Set the number of instances", params: component, query: none, body: z.object({ replicas: z.int().min(0).max(50) }), result: Accepted, status: 202 },
  componentRollback: { method: "post", path: "/v1/components/{component}/rollback", audience: "tenant", action: "component.operate", summary: "Restore artifact, variables, ports and scale of an earlier release", params: component, query: none, body: z.object({ release: ReleaseId }), result: Accepted, status: 202 },
  variableList: { method: "get", path: "/v1/components/{component}/variables", audience: "tenant", action: "component.view", summary: "List variables; a secret's value is never answered", params: component, query: none, body: noBody, result: z.object({ items: z.array(Variable), generation: z.int() }), status: 200 },
  variableUpdate: { method: "patch", path: "/v1/components/{component}/variables", audience: "tenant", action: "component.edit", summary: "Set and unset variables; they take effect at the next deploy or configure", params: component, query: none, body: z.object({ set: z.record(VariableName, z.object({ kind: z.enum(["plain", "secret"]), value: VariableValue })).default({}), unset: z.array(VariableName).default([]), generation: z.int().optional() }), result: z.object({ items: z.array(Variable), generation: z.int() }), status: 200 },
  ticketCreate: { method: "post", path: "/v1/components/{component}/log-tickets", audience: "tenant", action: "component.view", summary: "Get a one-time ticket to the component's runtime log", params: component, query: none, body: noBody, result: z.object({ url: z.string(), ticket: z.string(), expiresAt: Time }), status: 201 },
  terminalCreate: { method: "post", path: "/v1/components/{component}/terminal-tickets", audience: "tenant", action: "component.exec", summary: "Get a one-time ticket to a terminal in an instance", params: component, query: none, body: z.object({ instance: z.string().max(100).nullable().default(null), command: z.array(z.string().max(4_000)).min(1).max(100).nullable().default(null) }), result: z.object({ url: z.string(), ticket: z.string(), expiresAt: Time }), status: 201 },
  releaseList: { method: "get", path: "/v1/components/{component}/releases", audience: "tenant", action: "component.view", summary: "List releases, newest first", params: component, query: PageQuery, body: noBody, result: pageOf(Release), status: 200 },
  releaseView: { method: "get", path: "/v1/components/{component}/releases/{release}", audience: "tenant", action: "component.view", summary: "View a release", params: component.extend({ release: ReleaseId }), query: none, body: noBody, result: Release, status: 200 },
  buildList: { method: "get", path: "/v1/components/{component}/builds", audience: "tenant", action: "component.view", summary: "List builds, newest first", params: component, query: PageQuery, body: noBody, result: pageOf(Build), status: 200 },
  buildView: { method: "get", path: "/v1/builds/{build}", audience: "tenant", action: "component.view", summary: "View a build", params: z.object({ build: BuildId }), query: none, body: noBody, result: Build, status: 200 },
  buildLogView: { method: "get", path: "/v1/builds/{build}/log", audience: "tenant", action: "component.view", summary: "Lines of a build's log after a sequence number", params: z.object({ build: BuildId }), query: z.object({ after: z.coerce.number().int().min(0).default(0), limit: z.coerce.number().int().min(1).max(5_000).default(1_000) }), body: noBody, result: z.object({ lines: z.array(LogLine), ended: z.boolean() }), status: 200 },
  operationList: { method: "get", path: "/v1/operations", audience: "tenant", action: "component.view", summary: "List operations, newest first", params: none, query: PageQuery.extend({ component: ComponentId.optional() }), body: noBody, result: pageOf(Operation), status: 200 },
  operationView: { method: "get", path: "/v1/operations/{operation}", audience: "tenant", action: "component.view", summary: "View an operation", params: z.object({ operation: OperationIdSchema }), query: none, body: noBody, result: Operation, status: 200 },
  operationCancel: { method: "post", path: "/v1/operations/{operation}/cancel", audience: "tenant", action: "component.operate", summary: "Give up an unfinished operation; what served before goes on serving", params: z.object({ operation: OperationIdSchema }), query: none, body: noBody, result: Operation, status: 202 },

  agentRegister: { method: "post", path: "/v1/agent/registrations", audience: "public", summary: "Join a data center with a one-time token", params: none, query: none, body: AgentRegistration, result: AgentRegistered, status: 201 },
  agentDesired: { method: "get", path: "/v1/agent/desired", audience: "agent", summary: "Desired state after a cursor; 0 answers everything", params: none, query: z.object({ cursor: z.coerce.number().int().min(0).default(0) }), body: noBody, result: DesiredPage, status: 200 },
  agentReport: { method: "post", path: "/v1/agent/reports", audience: "agent", summary: "Tell what is true in the data center", params: none, query: none, body: AgentReport, result: z.object({ cursor: z.int() }), status: 200 },
  agentBlobUrl: { method: "post", path: "/v1/agent/blob-urls", audience: "agent", summary: "A URL to read an artifact from", params: none, query: none, body: BlobUrlRequest, result: z.object({ url: z.string() }), status: 200 },
  buildReport: { method: "post", path: "/v1/agent/builds/{build}/reports", audience: "build", summary: "Tell how a build or check goes", params: z.object({ build: z.union([BuildId, CheckId]) }), query: none, body: BuildReport, result: z.object({ cancelled: z.boolean() }), status: 200 },
  buildBlobUrl: { method: "post", path: "/v1/agent/builds/{build}/blob-urls", audience: "build", summary: "A URL to PUT the artifact to", params: z.object({ build: z.union([BuildId, CheckId]) }), query: none, body: z.object({ maxBytes: z.int().min(1) }), result: z.object({ url: z.string() }), status: 200 },
} as const satisfies Record<string, ApiOperation>;
export type OperationName = keyof typeof operations;

/** The body of every answer that is not a success. */
export const ErrorBody = z
  .object({
    error: z.object({
      code: z.string(),
      /** What happened and why. */
      message: z.string(),
      /** What to do next. */
      next: z.string(),
      fields: z.array(z.object({ path: z.string(), message: z.string() })),
      /** Find it in the logs by this. */
      request: z.string(),
      operation: OperationIdSchema.nullable(),
    }),
  })
  .meta({ id: "Error" });
export type ErrorBody = z.infer<typeof ErrorBody>;
