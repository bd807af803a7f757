import { createEmbeddedDataCenter } from "../../shared/control/create-data-center.ts";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import type { PublicKey } from "../../shared/ports/tokens.ts";
import { agentKeys, joinAgent, type TestAgent } from "../support/agent.ts";
import type { Api, Ask, Got } from "../support/api.ts";
import { tellNode, testNode } from "../support/data-center.ts";
import { work } from "../support/work.ts";
import { invite, newKey, password, type Signed, signUp } from "../support/people.ts";
import { canary } from "./canary.ts";

type Id<P extends string> = `${P}_${string}`;

/** A team with everything in it, made through the API as people, agents and builders make it. */
export interface Realm {
  readonly password: string;
  readonly team: Id<"tnt">;
  readonly owner: Signed;
  readonly developer: Signed;
  readonly viewer: Signed;
  /** Someone to remove. */
  readonly member: Signed;
  readonly removed: Signed;
  readonly invitation: { readonly id: Id<"inv">; readonly token: string };
  /** An invitation to a third team, by who is to accept it. */
  readonly invitationFor: Map<string, string>;
  /** Of the owner's. */
  readonly resetToken: string;
  readonly spareKey: Id<"key">;
  readonly keys: {
    readonly owner: string;
    readonly developer: string;
    readonly viewer: string;
    /** A developer's, for the other application alone. */
    readonly narrowed: string;
    /** A developer's, for the application of the samples. */
    readonly fitting: string;
    readonly expired: string;
    readonly revoked: string;
  };
  readonly application: Id<"app">;
  readonly other: Id<"app">;
  readonly component: Id<"cmp">;
  readonly stopped: Id<"cmp">;
  readonly release: Id<"rel">;
  readonly build: Id<"bld">;
  readonly operation: Id<"op">;
  readonly check: Id<"chk">;
  readonly upload: Id<"upl">;
  readonly digest: `sha256:${string}`;
  readonly dataCenter: Id<"dc">;
  /** A cluster of the team's own, with a token for another agent. */
  readonly ownDataCenter: Id<"dc">;
  readonly ownJoinToken: string;
  /** A node there. */
  readonly ownNode: string;
  readonly joinToken: string;
  readonly agentKey: PublicKey;
  /** The running build's own token. */
  readonly buildToken: string;
}

/** @throws Error when the answer is no success. */
async function done<B>(asked: Promise<Got<B>>): Promise<B> {
  const got = await asked;
  if (got.status < 300) return got.body;
  throw new Error(`${got.status}: ${JSON.stringify(got.body)}`);
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("it should be there");
  return value;
}

export interface Ground {
  readonly agent: TestAgent;
  /** Replaced by `agent`. */
  readonly revokedAgent: TestAgent;
  readonly dataCenter: Id<"dc">;
}
export async function makeGround(api: Api): Promise<Ground> {
  const first = await createEmbeddedDataCenter(api.deps);
  const revokedAgent = await joinAgent(api, first.joinToken);
  const agent = await joinAgent(api, (await createEmbeddedDataCenter(api.deps)).joinToken);
  const body = { version: 1, observations: [], streamUrl: "ws://localhost:7071/-/streams" };
  await done(api.ask("agentReport", { as: await agent.token(), body }));
  return { agent, revokedAgent, dataCenter: first.dataCenter };
}

/** Realms with these words in every name and address, so that a leak is seen. A day passes, in which a key of each expires. */
export async function makeRealms(api: Api, ground: Ground, marks: readonly string[]): Promise<Realm[]> {
  const begun: Begun[] = [];
  for (const mark of marks) begun.push(await beginRealm(api, mark));
  await api.deps.clock.advance(86_400_000);
  const realms: Realm[] = [];
  for (const one of begun) realms.push(await furnish(api, ground, one));
  return realms;
}

/** As the mail tells it. */
async function resetTokenOf(api: Api, email: string): Promise<string> {
  await done(api.ask("passwordResetCreate", { body: { email } }));
  await work(api.deps);
  return must(/pluvia_reset_\S+/.exec(must(api.deps.notifier.sent.findLast((mail) => mail.to === email)).text)?.[0]);
}

type Begun = Awaited<ReturnType<typeof beginRealm>>;
async function beginRealm(api: Api, mark: string) {
  const people = await makePeople(api, mark);
  const as = { as: people.owner.token, team: people.owner.team };
  const application = (await done(api.ask("applicationCreate", { ...as, body: { name: `shop-${mark}` } }))).id;
  const other = (await done(api.ask("applicationCreate", { ...as, body: { name: `other-${mark}` } }))).id;
  const keys = await makeKeys(api, people.owner, { application, other });
  return { mark, people, application, other, keys };
}

async function furnish(api: Api, ground: Ground, { mark, people, application, other, keys }: Begun): Promise<Realm> {
  const { owner } = people;
  const as = { as: owner.token, team: owner.team };
  const component = await makeComponent(api, ground, as, { application, name: `web-${mark}` });
  const stopped = await makeComponent(api, ground, as, { application, name: `idle-${mark}` });
  await done(api.ask("componentStop", { ...as, params: { component: stopped.id } }));
  const running = await done(api.ask("componentDeploy", { ...as, params: { component: component.id }, body: {} }));
  const source = { kind: "git", url: `https://example.org/${mark}.git` };
  const check = (await done(api.ask("checkCreate", { ...as, body: { source } }))).id;
  const upload = (
    await done(api.ask("uploadCreate", { ...as, body: { fileName: `${mark}.zip`, sizeBytes: 10, digest: component.digest } }))
  ).upload;
  const own = await done(api.ask("dataCenterCreate", { ...as, body: { name: `own-${mark}` } }));
  const ownAgent = await joinAgent(api, own.join.token, "kubernetes");
  await tellNode(api, await ownAgent.token());
  const renewed = await done(api.ask("joinTokenCreate", { ...as, params: { dataCenter: own.dataCenter.id } }));
  await work(api.deps);
  const builds = await done(api.ask("buildList", { ...as, params: { component: component.id } }));
  const build = must(builds.items[0]).id;
  return {
    password,
    team: owner.team,
    ...people,
    ...keys,
    application,
    other,
    component: component.id,
    stopped: stopped.id,
    release: component.release,
    build,
    operation: running.operation.id,
    check,
    upload,
    digest: component.digest,
    resetToken: await resetTokenOf(api, owner.email),
    dataCenter: ground.dataCenter,
    ownDataCenter: own.dataCenter.id,
    ownNode: testNode.name,
    ownJoinToken: renewed.join.token,
    // Each realm has one to join: a newer token kills the one before.
    joinToken: (await createEmbeddedDataCenter(api.deps, api.deps.ids.next("spare"))).joinToken,
    agentKey: agentKeys().publicKey,
    buildToken: orderOf(api, build).token,
  };
}

async function makePeople(api: Api, mark: string) {
  const owner = await signUp(api, `owner-${mark}@example.org`);
  const join = async (email: string, role: "owner" | "developer" | "viewer"): Promise<Signed> => {
    const token = await invite(api, owner, { email, role });
    return { ...(await signUp(api, email, { invitation: token })), team: owner.team };
  };
  await join(`cofounder-${mark}@example.org`, "owner");
  const developer = await join(`developer-${mark}@example.org`, "developer");
  const viewer = await join(`viewer-${mark}@example.org`, "viewer");
  const member = await join(`member-${mark}@example.org`, "developer");
  const removed = await join(`removed-${mark}@example.org`, "owner");
  const as = { as: owner.token, team: owner.team };
  await done(api.ask("memberRemove", { ...as, params: { user: removed.user } }));
  const body = { email: `guest-${mark}@example.org`, role: "viewer" };
  const invited = await done(api.ask("invitationCreate", { ...as, body }));
  const third = await signUp(api, `third-${mark}@example.org`);
  const invitationFor = new Map<string, string>();
  for (const one of [owner, developer, viewer, removed])
    invitationFor.set(one.token, await invite(api, third, { email: one.email, role: "viewer" }));
  return {
    owner,
    developer,
    viewer,
    member,
    removed,
    invitation: { id: invited.invitation.id, token: invited.token },
    invitationFor,
  };
}

async function makeKeys(api: Api, owner: Signed, { application, other }: { application: string; other: string }) {
  const key = async (body: object) => (await newKey(api, owner, body)).secret;
  const expired = await key({ expiresInDays: 1 });
  const gone = await newKey(api, owner);
  await done(api.ask("keyRemove", { as: owner.token, team: owner.team, params: { key: gone.id } }));
  return {
    spareKey: (await newKey(api, owner)).id,
    keys: {
      owner: await key({ role: "owner" }),
      developer: await key({ role: "developer" }),
      viewer: await key({ role: "viewer" }),
      narrowed: await key({ role: "developer", applications: [other] }),
      fitting: await key({ role: "developer", applications: [application] }),
      expired,
      revoked: gone.secret,
    },
  };
}

const orderOf = (api: Api, build: string) => {
  const order = (api.deps.buildRunner as MemoryBuildRunner).orders.find((one) => one.id === build);
  if (!order) throw new Error(`no builder was started for ${build}`);
  return order;
};

/** Created, built, released and running. */
async function makeComponent(api: Api, ground: Ground, as: Ask, { application, name }: { application: string; name: string }) {
  const source = { kind: "git", url: `https://example.org/${name}.git` };
  const configuration = { ports: [{ port: 8080, protocol: "http", internal: true, external: true }] };
  const variables = [{ name: "PASSWORD", kind: "secret", value: `${canary}-${name}` }];
  const body = { name, source, configuration, variables };
  const { id } = await done(api.ask("componentCreate", { ...as, params: { application }, body }));
  const params = { component: id };
  await done(api.ask("componentDeploy", { ...as, params, body: {} }));
  await work(api.deps);
  const build = must((await done(api.ask("buildList", { ...as, params }))).items[0]).id;
  const artifact = artifactOf(api, as.team ?? "", name);
  const report = { version: 1, sequence: 1, result: { state: "succeeded", artifact } };
  await done(api.ask("buildReport", { as: orderOf(api, build).token, params: { build }, body: report }));
  await work(api.deps);
  const release = must((await done(api.ask("releaseList", { ...as, params }))).items[0]).id;
  await observe(api, ground, { component: id, release });
  return { id, release, digest: artifact.digest };
}

function artifactOf(api: Api, tenant: string, content: string) {
  const { digest, sizeBytes } = api.deps.blobs.keep(tenant, content);
  return {
    kind: "slug" as const,
    digest,
    sizeBytes,
    language: "static" as const,
    command: null,
    processes: {},
    variables: {},
  };
}

/** The data center's agent fulfils what is desired of the component and says so. */
async function observe(api: Api, { agent }: Ground, { component, release }: { component: string; release: string }) {
  const as = await agent.token();
  const desired = await done(api.ask("agentDesired", { as, query: { cursor: "0" } }));
  const change = desired.changes.find((one) => one.component === component);
  const observation = {
    component,
    tenant: change?.workload?.tenant,
    generation: change?.generation,
    sequence: 1,
    phase: "settled",
    serving: release,
    instances: [],
    steps: [],
    signals: [],
    addresses: [],
    at: api.deps.clock.now().toISOString(),
  };
  await done(api.ask("agentReport", { as, body: { version: 1, observations: [observation] } }));
  await work(api.deps);
}
