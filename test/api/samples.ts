import type * as z from "zod";
import type { OperationName, operations } from "../../shared/contract/operations.ts";
import { canary } from "./canary.ts";
import type { Realm } from "./realm.ts";

type Operations = typeof operations;
/** Valid input of an operation that changes or shows something of the realm; what may be left out may be left out. */
export interface Sample<N extends OperationName> {
  readonly params?: z.input<Operations[N]["params"]>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: z.input<Operations[N]["body"]>;
}
/** One per operation: a new operation without a sample does not compile. `as` is who asks. */
export const samples: { readonly [N in OperationName]: (realm: Realm, as: string) => Sample<N> } = {
  healthView: () => ({}),
  openapiView: () => ({}),
  userCreate: () => ({ body: { email: "new@example.org", password: `${canary} long enough`, name: "New" } }),
  sessionCreate: (r) => ({ body: { email: r.owner.email, password: r.password } }),
  invitationView: (r) => ({ params: { token: r.invitation.token } }),
  sessionView: () => ({}),
  sessionRemove: () => ({}),
  userUpdate: (r) => ({ body: { name: "Renamed", password: `${canary} long enough`, currentPassword: r.password } }),
  passwordResetCreate: (r) => ({ body: { email: r.owner.email, language: "zh" } }),
  passwordResetComplete: (r) => ({ body: { token: r.resetToken, password: `${canary} long enough` } }),
  tenantCreate: () => ({ body: { name: "Another" } }),
  invitationAccept: (r, as) => ({ params: { token: r.invitationFor.get(as) ?? r.invitation.token } }),

  tenantView: () => ({}),
  tenantUpdate: () => ({ body: { name: "Renamed" } }),
  quotaView: () => ({}),
  teamLeave: () => ({}),
  memberList: () => ({}),
  memberUpdate: (r) => ({ params: { user: r.member.user }, body: { role: "viewer" } }),
  memberRemove: (r) => ({ params: { user: r.member.user } }),
  invitationList: () => ({}),
  invitationCreate: () => ({ body: { email: "someone@example.org", role: "viewer" } }),
  invitationRemove: (r) => ({ params: { invitation: r.invitation.id } }),
  keyList: () => ({}),
  keyCreate: (r) => ({ body: { name: "sample", role: "viewer", applications: [r.application], expiresInDays: 30 } }),
  keyRemove: (r) => ({ params: { key: r.spareKey } }),
  auditList: () => ({}),
  dataCenterList: () => ({}),
  dataCenterView: (r) => ({ params: { dataCenter: r.dataCenter } }),
  dataCenterNodes: (r) => ({ params: { dataCenter: r.dataCenter } }),
  dataCenterUsage: (r) => ({ params: { dataCenter: r.dataCenter } }),
  nodeCordon: (r) => ({ params: { dataCenter: r.ownDataCenter, node: r.ownNode } }),
  nodeUncordon: (r) => ({ params: { dataCenter: r.ownDataCenter, node: r.ownNode } }),
  nodeDrain: (r) => ({ params: { dataCenter: r.ownDataCenter, node: r.ownNode } }),
  nodeUpdate: (r) => ({ params: { dataCenter: r.ownDataCenter, node: r.ownNode }, body: { labels: { zone: "a" } } }),
  dataCenterCreate: () => ({ body: { name: "fresh" } }),
  joinTokenCreate: (r) => ({ params: { dataCenter: r.ownDataCenter } }),
  dataCenterUpdate: (r) => ({ params: { dataCenter: r.ownDataCenter }, body: { name: "renamed" } }),
  dataCenterCordon: (r) => ({ params: { dataCenter: r.ownDataCenter } }),
  agentsUpdate: (r) => ({ params: { dataCenter: r.ownDataCenter } }),
  dataCenterUncordon: (r) => ({ params: { dataCenter: r.ownDataCenter } }),
  dataCenterRevoke: (r) => ({ params: { dataCenter: r.ownDataCenter } }),
  dataCenterDrain: (r) => ({ params: { dataCenter: r.ownDataCenter }, body: { to: r.dataCenter } }),
  dataCenterLeave: (r) => ({ params: { dataCenter: r.ownDataCenter }, body: { keep: true } }),
  dataCenterPlan: (r) => ({ params: { dataCenter: r.ownDataCenter }, body: { kind: "leave", keep: true } }),
  joinManifestView: (r) => ({ params: { token: r.ownJoinToken } }),
  joinChartView: () => ({}),

  checkCreate: () => ({
    body: {
      source: { kind: "git", url: "https://example.org/shop.git" },
      credential: { kind: "token", token: canary },
    },
  }),
  checkView: (r) => ({ params: { check: r.check } }),
  uploadCreate: (r) => ({ body: { fileName: "shop.zip", sizeBytes: 1_000, digest: r.digest } }),
  uploadComplete: (r) => ({ params: { upload: r.upload } }),

  applicationList: () => ({}),
  applicationCreate: () => ({ body: { name: "fresh" } }),
  applicationView: (r) => ({ params: { application: r.application } }),
  applicationUpdate: (r) => ({ params: { application: r.application }, body: { description: "changed" } }),
  applicationRemove: (r) => ({ params: { application: r.application } }),

  componentList: () => ({}),
  componentCreate: (r) => ({
    params: { application: r.application },
    body: {
      name: "fresh",
      source: { kind: "git", url: "https://example.org/shop.git" },
      credential: { kind: "token", token: canary },
      variables: [{ name: "PASSWORD", kind: "secret", value: canary }],
    },
  }),
  componentView: (r) => ({ params: { component: r.component } }),
  componentUpdate: (r) => ({
    params: { component: r.component },
    body: { credential: { kind: "token", token: canary }, configuration: { replicas: 2 } },
  }),
  componentPlan: (r) => ({ params: { component: r.component }, body: { kind: "scale", replicas: 3 } }),
  componentRemove: (r) => ({ params: { component: r.component } }),
  componentDeploy: (r) => ({ params: { component: r.component }, body: {} }),
  componentConfigure: (r) => ({ params: { component: r.component } }),
  componentStart: (r) => ({ params: { component: r.stopped } }),
  componentStop: (r) => ({ params: { component: r.component } }),
  componentRestart: (r) => ({ params: { component: r.component } }),
  componentScale: (r) => ({ params: { component: r.component }, body: { replicas: 3 } }),
  componentRollback: (r) => ({ params: { component: r.component }, body: { release: r.release } }),
  componentMove: (r) => ({ params: { component: r.component }, body: { dataCenter: r.ownDataCenter } }),
  variableList: (r) => ({ params: { component: r.component } }),
  variableUpdate: (r) => ({
    params: { component: r.component },
    body: { set: { PASSWORD: { kind: "secret", value: `${canary}-2` }, MODE: { kind: "plain", value: "x" } } },
  }),
  ticketCreate: (r) => ({ params: { component: r.component } }),
  terminalCreate: (r) => ({ params: { component: r.component }, body: {} }),
  releaseList: (r) => ({ params: { component: r.component } }),
  releaseView: (r) => ({ params: { component: r.component, release: r.release } }),
  buildList: (r) => ({ params: { component: r.component } }),
  buildView: (r) => ({ params: { build: r.build } }),
  buildLogView: (r) => ({ params: { build: r.build } }),
  operationList: () => ({}),
  operationView: (r) => ({ params: { operation: r.operation } }),
  operationCancel: (r) => ({ params: { operation: r.operation } }),

  agentRegister: (r) => ({
    body: { version: 1, token: r.joinToken, publicKey: r.agentKey, agentVersion: "1.0.0", kind: "embedded" },
  }),
  agentDesired: () => ({ query: { cursor: "0" } }),
  agentReport: () => ({ body: { version: 1, observations: [] } }),
  agentPlace: () => ({}),
  agentBlobUrl: (r) => ({ body: { kind: "get", tenant: r.team, digest: r.digest } }),
  agentImage: (r) => ({ body: { tenant: r.team, component: r.component, tag: "slug-1" } }),
  agentPullCredential: (r) => ({ body: { tenant: r.team, component: r.component } }),
  buildOrder: (r) => ({ params: { build: r.build } }),
  buildReport: (r) => ({ params: { build: r.build }, body: { version: 1, sequence: 1 } }),
  buildBlobUrl: (r) => ({ params: { build: r.build }, body: { digest: r.digest, sizeBytes: 1_000 } }),
};
