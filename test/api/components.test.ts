import { beforeEach, describe, expect, test } from "@jest/globals";
import type * as z from "zod";
import type { Proposal } from "../../shared/contract/source.ts";
import { type Signed, newKey, signUp } from "../support/people.ts";
import { startWorld, type World } from "../support/components.ts";

let world: World;
let ask: World["ask"];
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
});
const port = (number: number, more: object = {}) => ({ port: number, protocol: "http", internal: true, external: true, ...more });
const update = (component: string, body: object) => ask("componentUpdate", { params: { component }, body });

describe("from source to running", () => {
  test("P1: deploy, build, release, desired state, report: the operation succeeds and the component answers at its own address", async () => {
    const { id } = await world.create();
    const operation = await world.deployed(id);
    expect(operation).toMatchObject({ kind: "deploy", state: "succeeded", failure: null });
    expect(operation.steps.every((s) => s.state === "succeeded" || s.state === "skipped")).toBe(true);
    expect(await world.view(id)).toMatchObject({
      status: "running",
      url: "http://web-shop.localhost:7071",
      release: { number: 1 },
      operation: null,
      undeployed: false,
    });
    const { body } = await ask("releaseList", { params: { component: id } });
    expect(body.items).toMatchObject([{ number: 1, outcome: "deployed", reason: "deploy" }]);
  });
  test("P1: when no one named a port, the one that the build found is opened", async () => {
    const { id } = await world.create({ configuration: undefined });
    const { body } = await ask("componentDeploy", { params: { component: id }, body: {} });
    await world.work();
    const proposal = { ...proposed, ports: [{ port: 3000, protocol: "http" as const }] };
    await world.reportBuild(body.operation.build ?? "", { version: 1, sequence: 1, proposal, result: succeeded });
    expect((await world.view(id)).configuration.ports).toEqual([port(3000)]);
  });
  test("P8: an image is released as it is, without a build", async () => {
    const { id } = await world.create({ source: { kind: "image", image: "example.org/web:1" } });
    const { status, body } = await ask("componentDeploy", { params: { component: id }, body: {} });
    expect([status, body.operation.build]).toEqual([202, null]);
    expect((await world.agent.workload(id)).artifact).toMatchObject({ kind: "image", reference: "example.org/web:1" });
  });
  test("what runs gets the user's variables over the build's, open, and nobody else sees the secret", async () => {
    const { id } = await world.create({
      variables: [
        { name: "NODE_ENV", kind: "plain", value: "staging" },
        { name: "TOKEN", kind: "secret", value: "canary-9f1c" },
      ],
    });
    await world.deployed(id);
    expect((await world.agent.workload(id)).variables).toEqual({ NODE_ENV: "staging", TOKEN: "canary-9f1c" });
    const rows = [...(world.api.deps.table as unknown as { rows: Map<string, unknown> }).rows.values()];
    expect(JSON.stringify(rows)).not.toContain("canary-9f1c");
    const { body } = await ask("variableList", { params: { component: id } });
    expect(body.items.find((v) => v.name === "TOKEN")).toMatchObject({ kind: "secret", value: null });
    const audit = await ask("auditList");
    expect(JSON.stringify(audit.body)).not.toContain("canary-9f1c");
  });
});

const succeeded = {
  state: "succeeded",
  artifact: {
    kind: "slug",
    digest: `sha256:${"1".repeat(64)}`,
    sizeBytes: 1,
    language: "node",
    command: "node .",
    processes: {},
    variables: {},
  },
} as const;
const proposed: Omit<z.infer<typeof Proposal>, "ports"> = {
  name: "web",
  language: "node",
  alternatives: ["node"],
  summary: "Node",
  command: null,
  variables: [],
  processes: {},
  commit: null,
  branches: [],
  steps: [],
};

describe("names and addresses", () => {
  test("409: a name is free once per application; after a removal it is free again", async () => {
    const first = await world.create();
    const again = await ask("componentCreate", { params: { application: world.application }, body: body("web") });
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({ error: { fields: [{ path: "name", message: "It is taken." }] } });
    expect((await ask("componentRemove", { params: { component: first.id } })).body.state).toBe("succeeded");
    expect((await world.create()).id).not.toBe(first.id);
  });
  test("two teams with the same names have different addresses", async () => {
    const bob = await signUp(world.api, "bob@example.org");
    const as = { as: bob.token, team: bob.team };
    const application = (await ask("applicationCreate", { ...as, body: { name: "shop" } })).body.id;
    await world.create();
    const other = await ask("componentCreate", { ...as, params: { application }, body: body("web") });
    expect(other.status).toBe(201);
    const hosts = [...(world.api.deps.table as unknown as { rows: Map<string, { pk: string }> }).rows.values()];
    const labels = hosts.map((row) => row.pk).filter((pk) => pk.startsWith("host#"));
    expect(new Set(labels).size).toBe(2);
  });
});
const body = (name: string) => ({ name, source: { kind: "git", url: "https://example.org/shop.git" } });

describe("400: what cannot work is refused with the field", () => {
  test.each([
    ["configuration.ports.1.port", { ports: [port(80), port(80)] }],
    ["configuration.health.port", { ports: [port(80)], health: { kind: "http", port: 81 } }],
    ["configuration.dependencies.0", { dependencies: [{ component: "cmp_0000000000000009", port: 80, alias: "DB" }] }],
  ])("%s", async (path, configuration) => {
    const got = await ask("componentCreate", {
      params: { application: world.application },
      body: { ...body("bad"), configuration },
    });
    expect([got.status, (got.body as unknown as { error: { fields: { path: string }[] } }).error.fields[0]?.path]).toEqual([
      400,
      path,
    ]);
  });
  test("a variable that the platform sets itself, when created, set or planned; a value kept from before can be removed", async () => {
    const variables = [
      { name: "GREETING", kind: "plain", value: "hi" },
      { name: "PORT", kind: "plain", value: "3000" },
    ];
    const created = await ask("componentCreate", {
      params: { application: world.application },
      body: { ...body("bad"), variables },
    });
    const { id: component } = await world.create();
    const set = {
      PORT: { kind: "plain", value: "1" },
      PLUVIA_RELEASE: { kind: "plain", value: "2" },
      MY_PORT: { kind: "plain", value: "3" },
    };
    const updated = await ask("variableUpdate", { params: { component }, body: { set } });
    const planned = await ask("componentPlan", { params: { component }, body: { kind: "variables", set, unset: [] } });
    const refusal = (got: { status: number; body: unknown }) => {
      const { error } = got.body as { error: { message: string; next: string; fields: { path: string; rule: string }[] } };
      expect(error.message).toContain("The platform itself sets PORT.");
      expect(error.next).toContain("change the component's port");
      return [got.status, ...error.fields.map((f) => `${f.path} ${f.rule}`)];
    };
    expect(refusal(created)).toEqual([400, "variables.1.name variable.reserved"]);
    const both = [400, "set.PORT variable.reserved", "set.PLUVIA_RELEASE variable.reserved"];
    expect(refusal(updated)).toEqual(both);
    expect(refusal(planned)).toEqual(both);
    expect((await ask("variableUpdate", { params: { component }, body: { set: {}, unset: ["PORT"] } })).status).toBe(200);
  });
  test.each([
    "ext::sh -c id",
    "file:///etc",
    "http://169.254.169.254/x.git",
    "-oProxyCommand=id",
    "http://[::ffff:10.0.0.1]/a.git",
  ])("source.url: %s", async (url) => {
    const source = { kind: "git", url };
    const got = await ask("componentCreate", { params: { application: world.application }, body: { name: "bad", source } });
    expect([got.status, (got.body as unknown as { error: { fields: { path: string }[] } }).error.fields[0]?.path]).toEqual([
      400,
      "source.url",
    ]);
  });
  test.each(["not an image!!", "Example.org/Web", "https://example.org/web", "web:"])("source.image: %s", async (image) => {
    const source = { kind: "image", image };
    const { id } = await world.create();
    const answers = await Promise.all([
      ask("componentCreate", { params: { application: world.application }, body: { name: "bad", source } }),
      ask("componentDeploy", { params: { component: id }, body: { source } }),
      update(id, { source }),
    ]);
    for (const { status, body } of answers) {
      const { fields } = (body as unknown as { error: { fields: { path: string; rule: string }[] } }).error;
      expect([status, ...fields.map((f) => `${f.path} ${f.rule}`)]).toEqual([400, "source.image image.reference"]);
    }
  });
});

describe("edits", () => {
  test("take effect at the next configure, not before", async () => {
    const { id } = await world.create();
    await world.deployed(id);
    const before = await world.agent.workload(id);
    const edited = await update(id, { configuration: { ports: [port(8080), port(9090)] } });
    expect(edited.body.undeployed).toBe(true);
    expect(await world.agent.workload(id)).toEqual(before);
    const { body: accepted } = await ask("componentConfigure", { params: { component: id } });
    expect(accepted.component.undeployed).toBe(false);
    expect((await world.agent.workload(id)).hosts).toEqual([
      { port: 8080, label: "web-shop" },
      { port: 9090, label: "9090-web-shop" },
    ]);
  });
  test("an edit taken back leaves nothing undeployed", async () => {
    const { id } = await world.create();
    await world.deployed(id);
    await update(id, { configuration: { graceSeconds: 77 } });
    expect((await update(id, { configuration: { graceSeconds: 10 } })).body.undeployed).toBe(false);
    const set = { A: { kind: "plain", value: "1" } };
    await ask("variableUpdate", { params: { component: id }, body: { set, unset: [] } });
    expect((await world.view(id)).undeployed).toBe(true);
    await ask("variableUpdate", { params: { component: id }, body: { set: {}, unset: ["A"] } });
    expect((await world.view(id)).undeployed).toBe(false);
  });
  test("409: an edit made on an older generation is refused", async () => {
    const { id, generation } = await world.create();
    expect((await update(id, { generation, configuration: { graceSeconds: 1 } })).status).toBe(200);
    const stale = await update(id, { generation, configuration: { graceSeconds: 2 } });
    expect(stale.status).toBe(409);
    expect((await world.view(id)).configuration.graceSeconds).toBe(1);
    const variables = { set: {}, unset: [], generation: 99 };
    expect((await ask("variableUpdate", { params: { component: id }, body: variables })).status).toBe(409);
  });
  test("of twenty side by side none is lost", async () => {
    const { id } = await world.create();
    const names = Array.from({ length: 20 }, (_, at) => `V${at}`);
    const edit = (name: string) =>
      ask("variableUpdate", { params: { component: id }, body: { set: { [name]: { kind: "plain", value: "1" } }, unset: [] } });
    let open = true;
    const answers = Promise.all(names.map(edit)).finally(() => {
      open = false;
    });
    while (open) await world.api.deps.clock.advance(200);
    expect((await answers).map((a) => a.status)).toEqual(names.map(() => 200));
    const { body: list } = await ask("variableList", { params: { component: id } });
    expect(list.items.map((v) => v.name)).toEqual([...names].sort());
  });
  test("507: an exhausted quota names its limit and the shortfall", async () => {
    const { id } = await world.create();
    await world.deployed(id);
    await update(id, { configuration: { resources: { memoryMib: 65_536, cpuMillis: 100 } } });
    const got = await ask("componentScale", { params: { component: id }, body: { replicas: 3 } });
    expect(got.body).toMatchObject({ error: { code: "exhausted", message: expect.stringMatching(/65536 MiB.*196608 MiB/) } });
  });
});

describe("dependencies", () => {
  test("are bound to the other's port, and removed with it", async () => {
    const db = await world.create({ name: "db", configuration: { ports: [port(5432, { protocol: "tcp", external: false })] } });
    const dependencies = [
      { component: db.id, port: 5432, alias: "DB" },
      { component: db.id, port: 5432, alias: "REPLICA" },
    ];
    const { id } = await world.create({ configuration: { ports: [port(8080)], dependencies } });
    await world.deployed(id);
    expect((await world.agent.workload(id)).bindings).toEqual(dependencies.map((d) => ({ ...d, protocol: "tcp" })));
  });
});

describe("404: another team's, and what a narrowed key is not for", () => {
  let bob: Signed;
  let id: string;
  beforeEach(async () => {
    bob = await signUp(world.api, "bob@example.org");
    ({ id } = await world.create());
    await world.deployed(id);
  });
  test("another team's component is not found by any operation", async () => {
    const release = (await world.view(id)).release?.id ?? "";
    const as = { as: bob.token, team: bob.team, params: { component: id } };
    const bodies = {
      componentUpdate: {},
      componentDeploy: {},
      componentScale: { replicas: 1 },
      componentRollback: { release },
      variableUpdate: {},
      componentPlan: { kind: "stop" },
      terminalCreate: {},
    };
    const names = [
      "componentView",
      "componentRemove",
      "componentConfigure",
      "componentStart",
      "componentStop",
      "componentRestart",
      "variableList",
      "ticketCreate",
      "releaseList",
      "buildList",
    ] as const;
    for (const name of names) expect([name, (await ask(name, as)).status]).toEqual([name, 404]);
    for (const [name, body] of Object.entries(bodies))
      expect([name, (await ask(name as keyof typeof bodies, { ...as, body })).status]).toEqual([name, 404]);
    expect((await ask("componentCreate", { ...as, params: { application: world.application }, body: body("x") })).status).toBe(
      404,
    );
    expect((await ask("componentList", { as: bob.token, team: bob.team })).body.items).toEqual([]);
    expect((await world.view(id)).status).toBe("running");
  });
  test("another team's component cannot be depended on", async () => {
    const as = { as: bob.token, team: bob.team };
    const application = (await ask("applicationCreate", { ...as, body: { name: "theirs" } })).body.id;
    const configuration = { dependencies: [{ component: id, port: 8080, alias: "WEB" }] };
    expect((await ask("componentCreate", { ...as, params: { application }, body: { ...body("x"), configuration } })).status).toBe(
      400,
    );
  });
  test("a key for one application does not see another", async () => {
    const mine = (await ask("applicationCreate", { body: { name: "other" } })).body.id;
    const { secret } = await newKey(world.api, world.ada, { applications: [mine] });
    const operation = (await ask("operationList")).body.items[0]?.id ?? "";
    const build = (await world.view(id)).build ?? "";
    expect((await ask("componentView", { as: secret, params: { component: id } })).status).toBe(404);
    expect((await ask("operationView", { as: secret, params: { operation } })).status).toBe(404);
    expect((await ask("buildView", { as: secret, params: { build } })).status).toBe(404);
    expect((await ask("componentList", { as: secret })).body.items).toEqual([]);
    expect((await ask("applicationList", { as: secret })).body.items.map((a) => a.id)).toEqual([mine]);
  });
});

describe("A7: a plan", () => {
  test("tells nobody whether a secret is what they guess", async () => {
    const variables = [{ name: "PIN", kind: "secret", value: "1234" }];
    const { id: component } = await world.create({ variables });
    const plan = async (value: string) => {
      const body = { kind: "variables", set: { PIN: { kind: "secret", value } }, unset: [] };
      return (await ask("componentPlan", { params: { component }, body })).body;
    };
    expect(await plan("1234")).toEqual(await plan("9999"));
  });
  const plan = (component: string, change: object) => ask("componentPlan", { params: { component }, body: change });
  test("says what a configure changes and what people will feel, and changes nothing", async () => {
    const { id } = await world.create();
    await world.deployed(id);
    await ask("variableUpdate", {
      params: { component: id },
      body: { set: { S: { kind: "secret", value: "canary" } }, unset: [] },
    });
    await update(id, { configuration: { ports: [port(8080), port(9090)], replicas: 2 } });
    const before = await world.view(id);
    const { body: shown } = await plan(id, { kind: "configure" });
    expect(shown.changes.map((c) => c.path)).toEqual(["configuration.ports", "configuration.replicas", "variables.S"]);
    expect(shown.effects.map((e) => e.kind)).toEqual(["restart", "start", "route"]);
    expect(JSON.stringify(shown)).not.toContain("canary");
    expect(await world.view(id)).toEqual(before);
  });
  test("of an update shows the edit; of a rollback the way back; of a scale how many more", async () => {
    const { id } = await world.create();
    await world.deployed(id);
    const first = (await world.view(id)).release?.id;
    await world.deployed(id, "2");
    const { body: edit } = await plan(id, { kind: "update", update: { configuration: { graceSeconds: 30 } } });
    expect(edit.changes).toEqual([{ path: "configuration.graceSeconds", before: 10, after: 30 }]);
    expect([...edit.warnings, ...edit.effects].map((e) => e.message)).toEqual([
      "This happens when the edit is applied, by a deploy or configure; only saved, it changes nothing that runs.",
      "1 instance of web will be replaced, one after the other, without interruption.",
    ]);
    const { body: back } = await plan(id, { kind: "rollback", release: first });
    expect(back.changes).toEqual([{ path: "artifact", before: `sha256:${"2".repeat(64)}`, after: `sha256:${"1".repeat(64)}` }]);
    const { body: more } = await plan(id, { kind: "scale", replicas: 3 });
    expect(more.effects).toMatchObject([{ kind: "start", component: id, message: "2 instances more of web will start." }]);
  });
  test("of what is no part of a release, as a name or a source, replaces nothing", async () => {
    const { id } = await world.create();
    await world.deployed(id);
    const told = async (update: object) => {
      const { effects, warnings } = (await plan(id, { kind: "update", update })).body;
      return [effects, warnings.map((w) => w.code)];
    };
    expect(await told({ name: "front" })).toEqual([[], []]);
    expect(await told({ source: { kind: "image", image: "x:2" } })).toEqual([[], ["later.build"]]);
  });
  test("tells who depends on what would go", async () => {
    const { id } = await world.create();
    const dependencies = [{ component: id, port: 8080, alias: "WEB" }];
    const front = await world.create({ name: "front", configuration: { dependencies } });
    const { body: shown } = await plan(id, { kind: "remove" });
    expect(shown.effects.filter((e) => e.component === front.id)).toHaveLength(1);
  });
});
