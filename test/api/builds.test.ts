import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Context, ScheduledEvent } from "aws-lambda";
import { wire } from "../../functions/_runtime/deps.ts";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import { artifact, startWorld, type World } from "../support/components.ts";
import type { TenantId } from "../../shared/contract/id.ts";
import { setLimits } from "../../shared/control/set-limits.ts";
import { provenanceProblem } from "../../shared/domain/provenance.ts";
import { signUp } from "../support/people.ts";
import { sweepWatches as sweep } from "../support/functions.ts";

let world: World;
let ask: World["ask"];
let runner: MemoryBuildRunner;
let id: string;
let build: string;
beforeEach(async () => {
  world = await startWorld();
  ask = world.ask;
  runner = world.api.deps.buildRunner as MemoryBuildRunner;
  ({ id } = await world.create({ variables: [{ name: "KEY", kind: "secret", value: "canary" }] }));
  build = await deploy(id);
});
const deploy = async (component: string) => {
  const { body } = await ask("componentDeploy", { params: { component }, body: {} });
  await world.work();
  return body.operation.build ?? "";
};
const view = async (asked = build) => (await ask("buildView", { params: { build: asked } })).body;
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => ({
    sequence: from + at,
    at: "2026-01-01T00:00:00.000Z",
    stream: "out" as const,
    instance: null,
    text: `line ${from + at}`,
  }));
const log = async (after = 0, limit = 5_000) =>
  (await ask("buildLogView", { params: { build }, query: { after: String(after), limit: String(limit) } })).body;
const step = (name: string) => ({ name, state: "running" as const, startedAt: null, endedAt: null, message: null });
const report = (sequence: number, more: object = {}) => world.reportBuild(build, { version: 1, sequence, ...more });
const succeed = (asked: string) =>
  world.reportBuild(asked, { version: 1, sequence: 1, result: { state: "succeeded", artifact: artifact() } });
const sweepAll = async () => {
  await sweep({} as ScheduledEvent, {} as Context);
  await world.work();
};

describe("C8: what was built", () => {
  test("has a provenance that the platform's key verifies, whatever the builder said of it", async () => {
    const lie = { payloadType: "x", payload: "", signatures: [] };
    await report(1, {
      commit: { id: "c0ffee", message: "", author: "", at: null },
      result: { state: "succeeded", artifact: { ...artifact(), provenance: lie } },
    });
    const wanted = await world.agent.workload(id);
    expect(wanted.requiresProvenance).toBeUndefined();
    expect(await provenanceProblem(wanted.artifact, wanted, () => world.api.deps.tokens.publicKey())).toBeNull();
    const text = Buffer.from(String(wanted.artifact.provenance?.payload), "base64").toString();
    const { source } = runner.orders[0] ?? {};
    expect(JSON.parse(text)).toMatchObject({
      subject: [{ name: id, digest: { sha256: "1".repeat(64) } }],
      predicate: {
        buildDefinition: {
          externalParameters: { component: id, source },
          resolvedDependencies: [{ digest: { gitCommit: "c0ffee" } }],
        },
        runDetails: { metadata: { invocationId: build, startedOn: expect.any(String), finishedOn: expect.any(String) } },
      },
    });
    expect(text).not.toContain("canary");
  });

  test("a team's demand for it travels with what is wanted from then on", async () => {
    await ask("tenantUpdate", { body: { requiresProvenance: true } });
    await succeed(build);
    expect((await world.agent.workload(id)).requiresProvenance).toBe(true);
    expect((await ask("tenantView")).body).toMatchObject({ requiresProvenance: true });
  });
});

describe("a build order", () => {
  test("has all that a builder needs and a token that is good for this build alone", async () => {
    const order = runner.orders[0];
    expect(order).toMatchObject({
      mode: "build",
      id: build,
      component: id,
      variables: { KEY: "canary" },
      source: { kind: "git" },
    });
    const second = await world.create({ name: "second" });
    const other = await deploy(second.id);
    const answer = await ask("buildReport", { as: order?.token, params: { build: other }, body: { version: 1, sequence: 1 } });
    expect(answer.status).toBe(404);
  });
  test("carries a private repository's credential, which no answer shows", async () => {
    const credential = { kind: "token", username: "git", token: "ghp_canary" };
    const created = await world.create({ name: "private", credential });
    expect([created.credential, JSON.stringify(created).includes("ghp_canary")]).toEqual(["token", false]);
    const asked = await deploy(created.id);
    expect(runner.orders.at(-1)?.credential).toEqual(credential);
    expect(JSON.stringify(await view(asked))).not.toMatch(/ghp_canary|sealed/);
  });

  describe("carries a credential to the host alone that it was given for", () => {
    const git = (url: string) => ({ kind: "git", url });
    const token = { kind: "token", username: "git", token: "ghp_canary" };
    const update = (component: string, body: object) => ask("componentUpdate", { params: { component }, body });
    const sent = async (component: string, source?: object) => {
      await ask("componentDeploy", { params: { component }, body: source ? { source } : {} });
      await world.work();
      return runner.orders.at(-1)?.credential ?? null;
    };
    test("whatever a deploy names for once", async () => {
      const { id: component } = await world.create({ name: "private", credential: token });
      expect(await sent(component, git("https://EXAMPLE.org:443/other.git"))).toEqual(token);
      for (const url of ["https://example.net/shop.git", "http://example.org/shop.git", "https://example.org:8443/shop.git"])
        expect(await sent(component, git(url))).toBeNull();
    });
    test("400: kept for another host, until a new one is given or it is forgotten", async () => {
      const { id: component } = await world.create({ name: "private", credential: token });
      const source = git("https://example.net/shop.git");
      const refused = await update(component, { source });
      expect([refused.status, refused.body]).toMatchObject([400, { error: { reason: "credential.other-host" } }]);
      const body = { kind: "update", update: { source } };
      expect((await ask("componentPlan", { params: { component }, body })).status).toBe(400);
      expect((await update(component, { source, credential: { ...token, token: "glpat_canary" } })).status).toBe(200);
      expect(await sent(component)).toMatchObject({ token: "glpat_canary" });
      expect((await update(component, { source: git("https://example.com/x.git"), credential: null })).status).toBe(200);
      expect(await sent(component)).toBeNull();
    });
    test("also by way of a source of another kind", async () => {
      const { id: component } = await world.create({ name: "private", credential: token });
      expect((await update(component, { source: { kind: "image", image: "x:1" } })).status).toBe(200);
      expect((await update(component, { source: git("https://example.net/shop.git") })).status).toBe(400);
      expect((await update(component, { source: git("https://example.org/back.git") })).status).toBe(200);
      expect(await sent(component)).toEqual(token);
    });
  });
});

describe("reports", () => {
  test("show steps in the build and in its operation", async () => {
    await report(1, { steps: [step("source")] });
    expect((await view()).steps[0]).toMatchObject({ name: "source", state: "running" });
    const operation = (await ask("operationList")).body.items[0];
    expect(operation).toMatchObject({ state: "running" });
    expect(operation?.steps[0]).toMatchObject({ name: "source", state: "running" });
  });
  test("of a quick build may tell its steps together with its end", async () => {
    const done = (name: string) => ({ ...step(name), state: "succeeded" as const });
    await report(1, { steps: [done("source"), done("pack")], result: { state: "succeeded", artifact: artifact() } });
    const steps = (await ask("operationList")).body.items[0]?.steps ?? [];
    expect(steps.filter((each) => each.state === "succeeded").map((each) => each.name)).toEqual(["source", "pack", "release"]);
  });
  test("told twice are kept once; one out of order is refused (409) and keeps its place", async () => {
    await report(1, { lines: lines(1, 10) });
    await report(1, { lines: lines(1, 10) });
    expect((await report(3, { lines: lines(21, 30) })).status).toBe(409);
    await report(2, { lines: lines(11, 20) });
    await report(3, { lines: lines(21, 30) });
    expect((await log()).lines.map((l) => l.sequence)).toEqual(lines(1, 30).map((l) => l.sequence));
  });
  test("the log is read from any line, in pages; it has ended when the build has and all was read", async () => {
    for (let sequence = 1; sequence <= 12; sequence++) await report(sequence, { lines: lines(sequence * 10 - 9, sequence * 10) });
    for (const after of [0, 1, 9, 10, 11, 57, 119]) {
      const page = await log(after, 5);
      expect([after, page.lines.map((l) => l.sequence)]).toEqual([
        after,
        lines(after + 1, Math.min(after + 5, 120)).map((l) => l.sequence),
      ]);
    }
    expect((await log()).ended).toBe(false);
    await report(13, { result: { state: "succeeded", artifact: artifact() } });
    expect([(await log(0, 5)).ended, (await log()).ended]).toEqual([false, true]);
  });
  test("of lines alone write these and nothing else, and what else is told goes on from there", async () => {
    const { table } = world.api.deps;
    const written: string[] = [];
    const counting = {
      ...table,
      transact: async (writes: Parameters<typeof table.transact>[0]) => {
        for (const write of writes) written.push(write.kind === "put" ? write.row.sk : write.key.sk);
        return table.transact(writes);
      },
    };
    wire({ ...world.api.deps, table: counting });
    await report(1, { lines: lines(1, 3) });
    await report(2, { lines: lines(4, 5) });
    await report(2, { lines: lines(4, 5) });
    expect(written).toEqual(["log#0000000001", "log#0000000004"]);
    wire(world.api.deps);
    await report(3, { steps: [step("pack")] });
    expect((await report(5, { lines: lines(6, 6) })).status).toBe(409);
    await report(4, { lines: lines(6, 7) });
    expect((await log()).lines.map((line) => line.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect((await view()).steps.filter(({ state }) => state === "running").map(({ name }) => name)).toEqual(["pack"]);
  });
  test("a build ends once, whatever comes after", async () => {
    await succeed(build);
    await report(2, { result: { state: "failed", code: "x", message: "x", next: "x", logLine: null } });
    expect((await view()).state).toBe("succeeded");
    expect((await ask("releaseList", { params: { component: id } })).body.items).toHaveLength(1);
  });
  test("a build that publishes nothing has failed", async () => {
    await report(1, { result: { state: "succeeded" } });
    expect(await view()).toMatchObject({ state: "failed", failure: { code: "build.no-artifact" } });
  });
});

describe("C6: builds of one team", () => {
  test("run as many at once as it may; the others wait for their turn, and lose it by being cancelled", async () => {
    const others = await Promise.all(["b", "c", "d"].map(async (name) => (await world.create({ name })).id));
    const asked: string[] = [];
    for (const other of others) asked.push(await deploy(other));
    const states = async () => Promise.all([build, ...asked].map(async (one) => (await view(one)).state));
    expect(await states()).toEqual(["running", "running", "queued", "queued"]);
    const waiting = (await ask("operationList", { query: { component: others[1] ?? "" } })).body.items[0];
    await ask("operationCancel", { params: { operation: waiting?.id ?? "" } });
    await world.work();
    expect(await states()).toEqual(["running", "running", "cancelled", "queued"]);
    await succeed(build);
    await world.work();
    expect(await states()).toEqual(["succeeded", "running", "cancelled", "running"]);
    expect(runner.orders.map((o) => o.id)).toEqual([build, asked[0], asked[2]]);
  });
  test("another team's builds do not make them wait", async () => {
    for (const name of ["b", "c"]) await deploy((await world.create({ name })).id);
    const bob = await signUp(world.api, "bob@example.org");
    const as = { as: bob.token, team: bob.team };
    const application = (await ask("applicationCreate", { ...as, body: { name: "theirs" } })).body.id;
    const source = { kind: "git", url: "https://example.org/x.git" };
    const theirs = (await ask("componentCreate", { ...as, params: { application }, body: { name: "web", source } })).body.id;
    const accepted = await ask("componentDeploy", { ...as, params: { component: theirs }, body: {} });
    await world.work();
    const asked = accepted.body.operation.build ?? "";
    expect((await ask("buildView", { ...as, params: { build: asked } })).body.state).toBe("running");
    expect((await ask("buildView", { params: { build: asked } })).status).toBe(404);
    expect((await ask("buildLogView", { ...as, params: { build } })).status).toBe(404);
  });
});

describe("a lost builder", () => {
  const lose = () => runner.end(`memory:${build}`, "lost");
  test("is started once more; its log goes on where it ended", async () => {
    await report(1, { lines: lines(1, 3) });
    lose();
    await sweepAll();
    expect(runner.orders.map((o) => o.id)).toEqual([build, build]);
    await report(1, { lines: lines(1, 2) });
    expect((await log()).lines.map((l) => [l.sequence, l.text])).toEqual([
      [1, "line 1"],
      [2, "line 2"],
      [3, "line 3"],
      [4, "line 1"],
      [5, "line 2"],
    ]);
    await report(2, { result: { state: "succeeded", artifact: artifact() } });
    expect((await view()).state).toBe("succeeded");
  });
  test("whose last lines came alone leaves them before those of the next", async () => {
    await report(1, { steps: [step("clone")], lines: lines(1, 1) });
    await report(2, { lines: lines(2, 3) });
    lose();
    await sweepAll();
    expect((await report(3, { lines: lines(4, 4) })).status).toBe(409);
    await report(1, { lines: [{ ...lines(1, 1)[0], text: "again" }] });
    expect((await log()).lines.map(({ sequence, text }) => [sequence, text])).toEqual([
      [1, "line 1"],
      [2, "line 2"],
      [3, "line 3"],
      [4, "again"],
    ]);
  });
  test("that was ended for a known reason is not started again: its build has failed with that, at the last line of its log", async () => {
    await report(1, { lines: lines(1, 3) });
    const failure = { code: "build.memory", message: "It ran out of its memory.", next: "Give it more." };
    runner.end(`memory:${build}`, { failure });
    await sweepAll();
    expect(await view()).toMatchObject({ state: "failed", failure: { ...failure, logLine: 3 } });
    expect(runner.orders).toHaveLength(1);
  });
  test("twice is the end of it, with the reason", async () => {
    for (let time = 0; time < 2; time++) {
      lose();
      await sweepAll();
    }
    expect(await view()).toMatchObject({ state: "failed", failure: { code: "build.lost" } });
    expect((await ask("operationList")).body.items[0]).toMatchObject({ state: "failed", failure: { code: "build.lost" } });
    const next = await deploy(id);
    expect((await view(next)).state).toBe("running");
  });
  test("W6: a platform that is stopped during a build, however often, builds on; what was lost is still counted", async () => {
    for (let time = 0; time < 4; time++) {
      runner.end(`memory:${build}`, "stopped");
      await world.api.deps.clock.advance(14 * 60_000);
      await sweepAll();
      expect(await view()).toMatchObject({ state: "running", failure: null });
    }
    lose();
    await sweepAll();
    expect((await view()).state).toBe("running");
    lose();
    await sweepAll();
    expect(await view()).toMatchObject({ state: "failed", failure: { code: "build.lost" } });
  });
  test("W6: after such a stop the next builder's reports count from the first, whatever the one before has told last", async () => {
    await report(1, { steps: [step("clone")] });
    await report(2, { lines: lines(1, 2) });
    runner.end(`memory:${build}`, "stopped");
    await sweepAll();
    expect(new Set(runner.orders.map(({ attempt }) => attempt)).size).toBe(2);
    await report(1, { result: { state: "succeeded", artifact: artifact() } });
    expect((await view()).state).toBe("succeeded");
  });
  test("that tells more before the next one has begun does not stand in that one's way", async () => {
    await report(1, { lines: lines(1, 2) });
    lose();
    await sweep({} as ScheduledEvent, {} as Context);
    await report(2, { steps: [step("clone")], lines: lines(3, 3) });
    await world.work();
    await report(1, { lines: [{ ...lines(1, 1)[0], text: "again" }] });
    expect((await log()).lines.map(({ sequence, text }) => [sequence, text])).toEqual([
      [1, "line 1"],
      [2, "line 2"],
      [3, "line 3"],
      [4, "again"],
    ]);
    await report(2, { result: { state: "succeeded", artifact: artifact() } });
    expect((await view()).state).toBe("succeeded");
  });
  test("W6: a builder that was taken for lost ends when it tells more after the next one has begun, which stands alone from then on", async () => {
    const [first] = runner.orders;
    const late = (sequence: number, more: object) =>
      ask("buildReport", { as: String(first?.token), params: { build }, body: { version: 1, sequence, ...more } } as never);
    await report(1, { lines: lines(1, 1) });
    lose();
    await sweepAll();
    await report(1, { steps: [step("clone")] });
    const result = { state: "failed", code: "x", message: "It failed.", next: "Mend it.", logLine: null };
    expect((await late(2, { result })).body).toEqual({ cancelled: true });
    await report(2, { result: { state: "succeeded", artifact: artifact() } });
    expect(await view()).toMatchObject({ state: "succeeded", failure: null });
  });
  test("one that runs over its time is ended", async () => {
    await world.api.deps.clock.advance(36 * 60_000);
    await sweepAll();
    expect(await view()).toMatchObject({ state: "failed", failure: { code: "build.timeout" } });
    expect(await runner.observe(`memory:${build}`)).toBe("ended");
  });
});

describe("C6: builds beyond what a team may run at once wait for their turn", () => {
  const waiting: string[] = [];
  beforeEach(async () => {
    waiting.length = 0;
    for (const name of ["second", "third", "fourth"]) waiting.push(await deploy((await world.create({ name })).id));
  });
  const turn = async (asked: string | undefined) => (await view(asked)).turn;

  test("and say how many of the team are before them, also in a list", async () => {
    const [second, third, fourth] = waiting;
    expect(await turn(build)).toBeNull();
    expect(await turn(second)).toBeNull();
    expect(await turn(third)).toEqual({ for: "team", before: 0, running: 2, atOnce: 2 });
    expect(await turn(fourth)).toEqual({ for: "team", before: 1, running: 2, atOnce: 2 });
    const { component } = await view(fourth);
    expect((await ask("buildList", { params: { component } })).body.items[0]?.turn).toMatchObject({ before: 1 });
    await succeed(build);
    await world.work();
    expect(await view(third)).toMatchObject({ state: "running", turn: null });
    expect(await turn(fourth)).toMatchObject({ before: 0 });
  });
  test("and their time does not run until then", async () => {
    const [, third, fourth] = waiting;
    const { operation } = await view(third);
    const { deadline } = await world.operation(operation);
    await world.api.deps.clock.advance(Date.parse(deadline) - world.api.deps.clock.now().getTime() - 1_000);
    // Those that run end now, and the third begins.
    await succeed(build);
    await world.work();
    await world.api.deps.clock.advance(2_000);
    await sweepAll();
    for (const one of [third, fourth]) expect((await world.operation((await view(one)).operation)).state).toBe("pending");
    await world.api.deps.clock.advance(24 * 3_600_000);
    await sweepAll();
    expect((await world.operation(operation)).failure).toMatchObject({ code: expect.stringMatching(/deadline|build/) });
  });
});

test("C6: when all of the platform's builders are busy, a build says so, whoever has them", async () => {
  Object.assign(world.api.deps, { buildLimits: { ...world.api.deps.buildLimits, atOnce: 1 } });
  const eve = await signUp(world.api, "eve@example.org");
  const as = { as: eve.token, team: eve.team };
  const app = (await world.api.ask("applicationCreate", { ...as, body: { name: "other" } })).body.id;
  const source = { kind: "git", url: "https://example.org/other.git" };
  const made = async (name: string) => {
    const { body } = await world.api.ask("componentCreate", { ...as, params: { application: app }, body: { name, source } });
    const { operation } = (await world.api.ask("componentDeploy", { ...as, params: { component: body.id }, body: {} })).body;
    await world.work();
    return (await world.api.ask("buildView", { ...as, params: { build: operation.build ?? "" } })).body;
  };
  expect((await made("first")).turn).toBeNull();
  expect((await made("second")).turn).toEqual({ for: "platform", before: 0, running: 1, atOnce: 1 });
});

describe("L6: what a team's builds log in a day is limited", () => {
  /** 22 lines of 700 KB together, from the first number on. */
  const big = (from: number) => lines(from, from + 21).map((line) => ({ ...line, text: "x".repeat(32_000) }));
  const volume = async () => (await ask("quotaView")).body.items.find(({ name }) => name === "logMibPerDay");
  const dayMs = 24 * 3_600_000;
  beforeEach(async () => {
    const { deps } = world.api;
    await setLimits(deps, world.ada.team as TenantId, { logMibPerDay: 2 });
    await deps.clock.advance(dayMs - (deps.clock.now().getTime() % dayMs) - 600_000);
    build = await deploy((await world.create({ name: "late" })).id);
  });

  test("beyond it lines are dropped, which a line says with how many and why; numbers go on without a gap, and tomorrow is another day", async () => {
    await report(1, { lines: big(1) });
    await report(2, { lines: big(23) });
    await report(3, { lines: [...big(45), ...lines(67, 70)] });
    await report(4, { lines: big(71).slice(0, 2) });
    const kept = (await log()).lines;
    expect(kept.map(({ sequence }) => sequence)).toEqual(Array.from(kept, (_, at) => at + 1));
    expect(kept.slice(-3)).toMatchObject([
      { stream: "out" },
      { code: "log.volume", stream: "platform", params: { lines: 70 - 65, limit: 2 } },
      { code: "log.volume", params: { lines: 2, limit: 2 } },
    ]);
    expect(await volume()).toMatchObject({ used: 2, limit: 2 });
    await world.api.deps.clock.advance(600_000);
    await report(5, { lines: lines(73, 73), result: { state: "succeeded", artifact: artifact() } });
    expect(await log(kept.length)).toMatchObject({ lines: [{ sequence: kept.length + 1, text: "line 73" }], ended: true });
    expect(await volume()).toMatchObject({ used: 1 });
  });
  test("another team logs as it may", async () => {
    for (const at of [1, 2, 3, 4]) await report(at, { lines: big(22 * at - 21) });
    expect((await log()).lines.at(-1)).toMatchObject({ code: "log.volume" });
    const eve = await signUp(world.api, "eve@example.org");
    expect((await world.api.ask("quotaView", { as: eve.token })).body.items.find((i) => i.name === "logMibPerDay")?.used).toBe(0);
  });
});
