import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Context, ScheduledEvent } from "aws-lambda";
import { localBlobs } from "../../shared/adapters/local/blobs.ts";
import { localTable } from "../../shared/adapters/local/table.ts";
import type { MemoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import type { ErrorBody } from "../../shared/contract/error-body.ts";
import type { BlobWrite } from "../../shared/ports/blob-store.ts";
import type { BuildId } from "../../shared/contract/id.ts";
import { linesAfter } from "../../shared/control/build-log.ts";
import { announcedBlobs } from "../../shared/control/component-tables.ts";
import { put } from "../../shared/control/entity.ts";
import { blobsBytesMax } from "../../shared/domain/build-limits.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { artifact, startWorld, type World } from "../support/components.ts";
import { type Signed, signUp } from "../support/people.ts";
import { type MemoryDeps, memoryDeps } from "../support/memory-deps.ts";
import { sweepStorage as sweep, sweepWatches as giveUp } from "../support/functions.ts";

interface Store {
  readonly deps: MemoryDeps;
  put(request: BlobWrite, blob: { namespace: string; digest: string; sizeBytes: number }, content: Buffer): Promise<void>;
  close(): Promise<void>;
}
const inMemory = async (): Promise<Store> => {
  const deps = memoryDeps();
  const put: Store["put"] = async (request, _, content) => {
    const { status } = deps.blobs.fetch(request, content);
    if (status !== 200) throw new Error(`PUT answered ${status}`);
  };
  return { deps, put, close: async () => {} };
};
const onDisk = async (): Promise<Store> => {
  const directory = await temporaryDirectory();
  const memory = memoryDeps();
  const table = localTable({ path: `${directory.path}/table.db`, clock: memory.clock });
  const blobs = localBlobs({ directory: `${directory.path}/blobs`, key: "k", origin: () => "http://x", clock: memory.clock });
  return {
    // Nothing here asks for what only the memory's blobs have.
    deps: { ...memory, table, blobs: blobs as unknown as MemoryDeps["blobs"] },
    put: (_, blob, content) => blobs.put(blob, Readable.from([content])),
    close: async () => {
      table.close();
      await directory.remove();
    },
  };
};

const digestOf = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const hours = 3_600_000;

/** A team whose people upload and whose builds make what we say. */
async function startTeam(store: Store) {
  const world: World = await startWorld(store.deps);
  const { ask } = world;
  const has = (content: string) => store.deps.blobs.has({ namespace: world.ada.team, digest: digestOf(content) });
  const put = async (request: BlobWrite, content: string, namespace: string = world.ada.team) => {
    const bytes = Buffer.from(content);
    await store.put(request, { namespace, digest: digestOf(content), sizeBytes: bytes.length }, bytes);
  };
  const begun = async (content: string, { token, team }: Signed = world.ada) => {
    const got = await ask("uploadCreate", {
      as: token,
      team,
      body: { fileName: "a.zip", sizeBytes: Buffer.byteLength(content), digest: digestOf(content) },
    });
    if (got.status !== 201) return { status: got.status, error: (got.body as unknown as ErrorBody).error };
    await put(got.body, content, team);
    return { status: got.status, upload: got.body.upload };
  };
  const upload = async (content: string) => {
    const { upload: id = "" } = await begun(content);
    await ask("uploadComplete", { params: { upload: id } });
    return id;
  };
  const named = (id: string) => ({ kind: "upload", upload: id });
  const startBuild = async (component: string, body: object = {}) => {
    const accepted = await ask("componentDeploy", { params: { component }, body });
    if (accepted.status !== 202) throw new Error(JSON.stringify(accepted.body));
    await world.work();
    return accepted.body.operation.build ?? "";
  };
  const orderOf = (build: string) => (store.deps.buildRunner as MemoryBuildRunner).orders.findLast((o) => o.id === build);
  const publish = async (build: string, content: string) => {
    const granted = await ask("buildBlobUrl", {
      as: orderOf(build)?.token,
      params: { build },
      body: { digest: digestOf(content), sizeBytes: Buffer.byteLength(content) },
    });
    if (granted.status !== 200) return granted.status;
    await put(granted.body, content);
    return granted.status;
  };
  const announced = async (build: string, content: string, sizeBytes: number) => {
    const body = { digest: digestOf(content), sizeBytes };
    return ask("buildBlobUrl", { as: orderOf(build)?.token, params: { build }, body });
  };
  const report = async (build: string, result: object) => {
    await world.reportBuild(build, { version: 1, sequence: 1, result } as never);
    await world.work();
  };
  const release = async (component: string, content: string) => {
    const build = await startBuild(component);
    await publish(build, content);
    await report(build, { state: "succeeded", artifact: { ...artifact(), digest: digestOf(content) } });
    await world.agent.settle(component);
    await world.work();
  };
  const sweepAll = async () => {
    await sweep({} as ScheduledEvent, {} as Context);
    await world.work();
  };
  return { world, ask, has, begun, upload, named, startBuild, orderOf, publish, announced, report, release, sweep: sweepAll };
}

describe.each([
  ["memory", inMemory],
  ["disk", onDisk],
])("what nothing needs any more goes (%s)", (_, open) => {
  let store: Store;
  let team: Awaited<ReturnType<typeof startTeam>>;
  beforeEach(async () => {
    store = await open();
    team = await startTeam(store);
  });
  afterEach(() => store.close());
  const later = (many: number) => store.deps.clock.advance(many * hours);
  const kept = async (...contents: string[]) => {
    const found = await Promise.all(contents.map(async (content) => ((await team.has(content)) ? [content] : [])));
    return found.flat();
  };

  test("uploads never used or replaced, after a day; what a component or a running build is made of stays", async () => {
    const unused = await team.upload("never used");
    await team.begun("never completed");
    const [own, first, second] = [await team.upload("own"), await team.upload("first"), await team.upload("second")];
    await team.world.create({ name: "one", source: team.named(own) });
    const two = await team.world.create({ name: "two", source: team.named(first) });
    const build = await team.startBuild(two.id);
    await team.ask("componentUpdate", { params: { component: two.id }, body: { source: team.named(second) } });
    const all = ["never used", "never completed", "own", "first", "second"];
    await later(23);
    await team.sweep();
    expect(await kept(...all)).toEqual(all);
    await later(2);
    await team.sweep();
    expect(await kept(...all)).toEqual(["own", "first", "second"]);
    const late = await team.ask("checkCreate", { body: { source: team.named(unused) } });
    expect([late.status, (late.body as unknown as ErrorBody).error.fields?.[0]?.rule]).toEqual([400, "upload.unknown"]);
    await giveUp({} as ScheduledEvent, {} as Context);
    expect((await team.ask("buildView", { params: { build } })).body.state).toBe("cancelled");
    await team.sweep();
    expect(await kept(...all)).toEqual(["own", "second"]);
    await team.sweep();
    expect(await kept(...all)).toEqual(["own", "second"]);
  });

  test("what a failed build stored, after an hour; what any release runs stays, and goes with its component", async () => {
    const one = await team.world.create({ name: "one" });
    const two = await team.world.create({ name: "two" });
    await team.release(one.id, "old");
    await team.release(one.id, "shared");
    await team.release(two.id, "shared");
    const build = await team.startBuild(two.id);
    await team.publish(build, "orphan");
    await team.report(build, { state: "failed", code: "build.failed", message: "No.", next: "Mend it.", logLine: null });
    const all = ["old", "shared", "orphan"];
    await team.sweep();
    expect(await kept(...all)).toEqual(all);
    await later(1.1);
    await team.sweep();
    expect(await kept(...all)).toEqual(["old", "shared"]);
    const remove = async (component: string) => {
      await team.ask("componentRemove", { params: { component } });
      await team.world.work();
      await team.world.agent.settle(component);
      await team.world.work();
    };
    await remove(one.id);
    expect(await kept(...all)).toEqual(["shared"]);
    await remove(two.id);
    expect(await kept(...all)).toEqual([]);
  });

  test("the same content can come again after it has gone", async () => {
    await team.upload("again");
    await later(25);
    await team.sweep();
    expect(await team.has("again")).toBe(false);
    const id = await team.upload("again");
    await later(1);
    await team.sweep();
    expect(await team.has("again")).toBe(true);
    expect((await team.ask("checkCreate", { body: { source: team.named(id) } })).status).toBe(202);
  });

  test("every team is looked at, and the same content of another team is its own", async () => {
    const bob = await signUp(team.world.api, "bob@example.org");
    const ada = team.world.ada;
    const has = (who: Signed) => store.deps.blobs.has({ namespace: who.team, digest: digestOf("same") });
    await team.begun("same", ada);
    await later(20);
    await team.begun("same", bob);
    await later(5);
    await team.sweep();
    expect([await has(ada), await has(bob)]).toEqual([false, true]);
    await later(20);
    await team.sweep();
    expect(await has(bob)).toBe(false);
  });
});

/** Every read, write and removal of the sweep, counted; `before` runs ahead of the one whose number it is given. */
function watched(deps: MemoryDeps, before: (step: number) => Promise<void>): { restore: () => void } {
  let step = 0;
  const { table, blobs } = deps;
  const real = { get: table.get, getAll: table.getAll, query: table.query, transact: table.transact, remove: blobs.remove };
  let inside = false;
  const stepping =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (!inside) {
        inside = true;
        try {
          await before(step++);
        } finally {
          inside = false;
        }
      }
      return call(...args);
    };
  Object.assign(table, {
    get: stepping(real.get),
    getAll: stepping(real.getAll),
    query: stepping(real.query),
    transact: stepping(real.transact),
  });
  Object.assign(blobs, { remove: stepping(real.remove) });
  return {
    restore: () => {
      Object.assign(table, { get: real.get, getAll: real.getAll, query: real.query, transact: real.transact });
      Object.assign(blobs, { remove: real.remove });
    },
  };
}

/** A team in which an upload and a slug have been idle for a long time. */
async function idle() {
  const store = await inMemory();
  const team = await startTeam(store);
  const component = await team.world.create({ name: "web" });
  const upload = await team.upload("idle");
  const build = await team.startBuild(component.id);
  await team.publish(build, "slug");
  await team.report(build, { state: "failed", code: "build.failed", message: "No.", next: "Mend it.", logLine: null });
  await store.deps.clock.advance(30 * hours);
  return { store, team, component: component.id, upload };
}
const stepsMax = 60;

test("W6: a sweep that is cut off at any of its steps is finished by the next", async () => {
  for (let at = 0; at < stepsMax; at++) {
    const { store, team } = await idle();
    let reached = false;
    const { restore } = watched(store.deps, async (step) => {
      if (step < at) return;
      reached = true;
      throw new Error("power is lost");
    });
    await team.sweep().catch(() => undefined);
    restore();
    await team.sweep();
    expect([at, await team.has("idle"), await team.has("slug")]).toEqual([at, false, false]);
    if (!reached) return;
  }
  throw new Error("the sweep has more steps than were tried");
});

type Idle = Awaited<ReturnType<typeof idle>>;
/** What someone does meanwhile: the status it is answered with, and whether what it needs is there in the end. */
const meanwhile: Readonly<Record<string, (idle: Idle) => Promise<{ status: number; holds: () => Promise<boolean> }>>> = {
  "a component is made of the upload": async ({ team, upload }) => {
    const { application } = team.world;
    const body = { name: "late", source: team.named(upload) };
    const made = await team.ask("componentCreate", { params: { application }, body });
    const isThere = async () => {
      const build = await team.startBuild(made.body.id);
      return (await team.has("idle")) && team.orderOf(build)?.sourceUrl !== null;
    };
    return { status: made.status, holds: isThere };
  },
  "the upload is built, for once": async ({ team, component, upload }) => {
    const body = { source: team.named(upload) };
    const { status, body: accepted } = await team.ask("componentDeploy", { params: { component }, body });
    const isThere = async () => {
      await team.world.work();
      return (await team.has("idle")) && team.orderOf(accepted.operation.build ?? "")?.sourceUrl !== null;
    };
    return { status, holds: isThere };
  },
  "the same content is uploaded": async ({ team }) => {
    const { status } = await team.begun("idle");
    return { status, holds: () => team.has("idle") };
  },
  "the same slug is built": async ({ team }) => {
    const other = await team.world.create({ name: "other" });
    const status = await team.publish(await team.startBuild(other.id), "slug");
    return { status, holds: () => team.has("slug") };
  },
};

test.each(Object.entries(meanwhile))("W6: %s at any moment of the sweep: it holds, or is refused at once", async (_, act) => {
  const statuses = new Set<number>();
  for (let at = 0; at < stepsMax; at++) {
    const world = await idle();
    let done: Awaited<ReturnType<typeof act>> | undefined;
    const { restore } = watched(world.store.deps, async (step) => {
      if (step === at) done = await act(world);
    });
    await world.team.sweep();
    restore();
    if (!done) break;
    statuses.add(done.status);
    if (done.status < 300) expect([at, await done.holds()]).toEqual([at, true]);
  }
  // Too early for the sweep, and too late: an upload that is gone is not found, content that is going may come again in a minute.
  expect([...statuses].filter((status) => status < 300)).toHaveLength(1);
  expect([...statuses].filter((status) => status >= 300)).toEqual([[...statuses].includes(503) ? 503 : 400]);
});

test("what a cut-off sweep was about to remove can be announced again when it must be over", async () => {
  const { store, team } = await idle();
  const { remove } = store.deps.blobs;
  Object.assign(store.deps.blobs, {
    remove: async () => {
      throw new Error("power is lost");
    },
  });
  await team.sweep().catch(() => undefined);
  Object.assign(store.deps.blobs, { remove });
  expect((await team.begun("idle")).status).toBe(503);
  await store.deps.clock.advance(0.3 * hours);
  expect((await team.begun("idle")).status).toBe(201);
  await team.sweep();
  expect(await team.has("idle")).toBe(true);
});

describe("R1: what a build may make", () => {
  const refusalOf = (got: { status: number; body: unknown }) => [got.status, (got.body as ErrorBody).error?.reason];
  const startBuilding = async () => {
    const store = await inMemory();
    const team = await startTeam(store);
    const component = await team.world.create({ name: "one" });
    const build = await team.startBuild(component.id);
    const state = async (id = build) => {
      const { body } = await team.ask("buildView", { params: { build: id } });
      return { state: body.state, failure: body.failure, operation: (await team.world.operation(body.operation)).failure };
    };
    return { store, team, component, build, state };
  };

  test("a build that makes more than it may fails, and says so to whoever deployed", async () => {
    const { store, team, component, build, state } = await startBuilding();
    const { slugBytes } = store.deps.buildLimits;
    expect((await team.announced(build, "largest", slugBytes)).status).toBe(200);
    expect((await state()).state).toBe("running");
    expect(refusalOf(await team.announced(build, "larger", slugBytes + 1))).toEqual([413, "slug.too-large"]);
    const told = { code: "slug.too-large", message: expect.stringContaining("at most 1024 MiB"), next: expect.any(String) };
    expect(await state()).toMatchObject({ state: "failed", failure: told, operation: told });
    const [line] = await linesAfter(store.deps, { tenant: team.world.ada.team, id: build as BuildId }, 0, 10);
    expect(line).toMatchObject({
      sequence: 1,
      text: expect.stringMatching(/^Failed: .* 1025 MiB.* at most 1024 MiB\. Leave out/),
    });
    await team.report(build, { state: "succeeded", artifact: artifact() });
    expect(await state()).toMatchObject({ state: "failed", failure: told });
    expect((await team.world.view(component.id)).release).toBeNull();
  });

  test("all that a team keeps is limited; the same content counts once, and what goes makes room", async () => {
    const { store, team, component, build, state } = await startBuilding();
    const announcedAt = store.deps.clock.now().toISOString();
    const tenant = team.world.ada.team;
    const rest = {
      tenant,
      digest: digestOf("rest"),
      sizeBytes: blobsBytesMax - 100,
      announcedAt,
      goingSince: null,
      generation: 1,
    };
    await store.deps.table.transact([put(announcedBlobs, rest)]);
    expect((await team.announced(build, "new", 60)).status).toBe(200);
    expect((await team.announced(build, "new", 60)).status).toBe(200);
    expect(refusalOf(await team.announced(build, "newer", 60))).toEqual([507, "artifacts.too-large"]);
    const told = { code: "artifacts.too-large", params: { limit: 1_024_000, size: 1_024_001 } };
    expect(await state()).toMatchObject({ state: "failed", failure: told, operation: told });
    await store.deps.clock.advance(2 * hours);
    await team.sweep();
    const again = await team.startBuild(component.id);
    expect((await team.announced(again, "newer", 60)).status).toBe(200);
    expect((await state(again)).state).toBe("running");
  });

  test("two builds that end at once cannot both have the last room", async () => {
    const { store, team, build } = await startBuilding();
    const other = await team.startBuild((await team.world.create({ name: "two" })).id);
    const announcedAt = store.deps.clock.now().toISOString();
    const tenant = team.world.ada.team;
    const rest = {
      tenant,
      digest: digestOf("rest"),
      sizeBytes: blobsBytesMax - 100,
      announcedAt,
      goingSince: null,
      generation: 1,
    };
    await store.deps.table.transact([put(announcedBlobs, rest)]);
    const both = await Promise.all([team.announced(build, "a", 60), team.announced(other, "b", 60)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 507]);
  });
});
