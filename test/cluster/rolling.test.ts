import { type Bench, ask, bench, releaseId, serverApp, workloadFor } from "./support.ts";
import { eventually } from "../support/eventually.ts";

let it: Bench;
beforeEach(async () => {
  it = await bench();
});
afterEach(() => it.end());

/** Asks without a break until told to stop; answers what went wrong. */
function load(url: string, workers = 4) {
  let going = true;
  const failures: string[] = [];
  let count = 0;
  const answers = new Set<string>();
  const run = async (): Promise<void> => {
    while (going) {
      const { status, body } = await ask(`${url}${count++ % 5 === 0 ? "/slow" : "/"}`);
      if (status === 200) answers.add(JSON.parse(body).answer);
      else failures.push(`${status} ${body}`);
    }
  };
  const all = Promise.all(Array.from({ length: workers }, run));
  return {
    answers,
    async stop() {
      going = false;
      await all;
      return failures;
    },
  };
}

test("U1: what an instance uses is told by a change of its own, soon after its start", async () => {
  const told: { memoryBytes: number | null; cpuMillis: number | null }[] = [];
  it.cluster.onChange(async () => {
    const [instance] = (await it.seen()).instances;
    if (instance && instance.memoryBytes !== null) told.push(instance);
  });
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("one")), 1));
  await eventually("it is told", () => told.length > 0);
  expect(told[0]?.memoryBytes).toBeGreaterThan(1_000_000);
  expect(told[0]?.cpuMillis).not.toBeNull();
});

test("a first release is started, gets healthy and serves; its steps tell so", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("one")), 1));
  const seen = await it.phase("settled", 1);
  expect(seen.serving).toBe(releaseId(1));
  expect(seen.instances[0]?.id).toMatch(/^[a-z]+-1-[a-z0-9]{5}$/);
  expect(seen.steps.map((s) => [s.name, s.state])).toEqual([
    ["fetch", "succeeded"],
    ["start", "succeeded"],
    ["healthy", "succeeded"],
    ["switch", "succeeded"],
    ["drain", "succeeded"],
  ]);
  expect(JSON.parse((await ask(it.proxy.url)).body).answer).toBe("one");
});

test("W7: a rolling upgrade of several instances fails no request, and never has fewer ready than wanted", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("1")), 1, { replicas: 2 }));
  await it.phase("settled", 1);
  const few: number[] = [];
  it.cluster.onChange(
    () =>
      void it.seen().then((s) => {
        const ready = s.instances.filter((i) => i.state === "ready").length;
        if (ready < 2) few.push(ready);
      }),
  );
  const asking = load(it.proxy.url);
  for (const generation of [2, 3, 4]) {
    await it.cluster.apply(workloadFor(await it.shelf.add(serverApp(String(generation))), generation, { replicas: 2 }));
    const seen = await it.phase("settled", generation);
    expect(seen.serving).toBe(releaseId(generation));
    expect(seen.instances).toHaveLength(2);
  }
  const failures = await asking.stop();
  expect(failures).toEqual([]);
  expect(few).toEqual([]);
  expect([...asking.answers].sort()).toEqual(["1", "2", "3", "4"]);
});

test("W8: a release that ends at once is given up and the old one serves on, without a failed request", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("good")), 1));
  await it.phase("settled", 1);
  const asking = load(it.proxy.url, 2);
  await it.cluster.apply(workloadFor(await it.shelf.add({ "server.js": "console.error('no database'); process.exit(3);" }), 2));
  const seen = await it.phase("failed", 2);
  expect(seen.serving).toBe(releaseId(1));
  expect(seen.signals).toContainEqual({
    code: "exit.at-once",
    detail: expect.objectContaining({ code: 3, lastLines: "no database" }),
  });
  await eventually("the new ones are gone", async () => (await it.seen()).instances.every((i) => i.release === releaseId(1)));
  expect(await asking.stop()).toEqual([]);
  // A newer one is tried afresh.
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("better")), 3));
  expect((await it.phase("settled", 3)).serving).toBe(releaseId(3));
  expect((await it.seen()).signals).toEqual([]);
});

test("W2: without a health check, too, a release that ends soon after its start is given up, and the old one is untouched", async () => {
  const worker = (program: string, generation: number) =>
    it.shelf.add({ "server.js": program }).then((slug) => workloadFor(slug, generation, { configuration: { ports: [] } }));
  await it.cluster.apply(await worker("setInterval(() => {}, 1000)", 1));
  const [first] = (await it.phase("settled", 1)).instances;
  await it.cluster.apply(await worker("setTimeout(() => process.exit(3), 1500)", 2));
  const seen = await it.phase("failed", 2);
  expect(seen.serving).toBe(releaseId(1));
  expect(seen.instances.find(({ id }) => id === first?.id)).toMatchObject({ state: "ready", restarts: 0 });
});

test("W8: a release that never answers its health check in time is given up", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("good")), 1));
  await it.phase("settled", 1);
  await it.cluster.apply(
    workloadFor(
      await it.shelf.add({
        "server.js": "require('http').createServer((q, s) => { s.statusCode = 503; s.end(); }).listen(process.env.PORT)",
      }),
      2,
      { health: { startSeconds: 1 } },
    ),
  );
  const seen = await it.phase("failed", 2);
  expect(seen.serving).toBe(releaseId(1));
  expect(seen.signals.map((s) => s.code)).toEqual(["health.status", "start.timeout"]);
  expect(seen.steps.find((s) => s.name === "healthy")).toMatchObject({
    state: "failed",
    message: expect.stringContaining("1 s"),
  });
});

test("a newer generation supersedes one that is still under way", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("old")), 1));
  await it.phase("settled", 1);
  await it.cluster.apply(workloadFor(await it.shelf.add({ "server.js": "setInterval(() => {}, 1000)" }), 2));
  await eventually("the second is started", async () =>
    (await it.seen()).instances.some((i) => i.release === releaseId(2) && i.startedAt !== null),
  );
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("new")), 3));
  const seen = await it.phase("settled", 3);
  expect(seen.instances.map((i) => i.release)).toEqual([releaseId(3)]);
});

test("the same or an older generation changes nothing", async () => {
  const digest = await it.shelf.add(serverApp("one"));
  await it.cluster.apply(workloadFor(digest, 2));
  const before = await it.phase("settled", 2);
  await it.cluster.apply(workloadFor(digest, 2, { number: 9 }));
  await it.cluster.apply(workloadFor(digest, 1, { number: 8 }));
  const after = await it.seen();
  expect(after.generation).toBe(2);
  expect(after.instances.map((i) => i.id)).toEqual(before.instances.map((i) => i.id));
});

test("W2: scale up and down, restart, stop and start", async () => {
  const digest = await it.shelf.add(serverApp("one"));
  await it.cluster.apply(workloadFor(digest, 1, { number: 1 }));
  const [first] = (await it.phase("settled", 1)).instances;
  await it.cluster.apply(workloadFor(digest, 2, { number: 1, replicas: 3 }));
  const three = await it.phase("settled", 2);
  expect(three.instances.map((i) => i.state)).toEqual(["ready", "ready", "ready"]);
  expect(three.instances.map((i) => i.id)).toContain(first?.id);
  await it.cluster.apply(workloadFor(digest, 3, { number: 1, replicas: 1 }));
  const one = await it.phase("settled", 3);
  expect(one.instances.map((i) => i.id)).toEqual([first?.id]);
  await it.cluster.apply(workloadFor(digest, 4, { number: 1, restart: 1 }));
  const restarted = await it.phase("settled", 4);
  expect(restarted.instances[0]?.id).not.toBe(first?.id);
  await it.cluster.apply(workloadFor(digest, 5, { number: 1, restart: 1, wanted: "stopped" }));
  const stopped = await it.phase("settled", 5);
  expect([stopped.instances, stopped.serving]).toEqual([[], null]);
  await it.cluster.apply(workloadFor(digest, 6, { number: 1, restart: 1 }));
  expect((await it.phase("settled", 6)).instances).toHaveLength(1);
});

test("an instance that crashes is started again and the component recovers", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("one")), 1, {}));
  const [instance] = (await it.phase("settled", 1)).instances;
  const pid = Number(JSON.parse((await ask(it.proxy.url)).body).env.PORT) && (await ask(it.proxy.url)).body;
  expect(pid).toBeDefined();
  process.kill(await pidOf(instance?.id ?? ""), "SIGKILL");
  await eventually("it is noticed", async () => (await it.seen()).instances[0]?.state === "waiting");
  const seen = await it.phase("settled", 1);
  expect(seen.instances[0]).toMatchObject({ id: instance?.id, restarts: 1, state: "ready", lastExit: { signal: "SIGKILL" } });
});

test("removing stops everything and leaves nothing", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("one")), 1));
  const seen = await it.phase("settled", 1);
  const pid = await pidOf(seen.instances[0]?.id ?? "");
  await it.cluster.remove(seen.component);
  expect(await it.cluster.observe()).toEqual([]);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  await it.restart();
  expect(await it.cluster.observe()).toEqual([]);
});

async function pidOf(instance: string): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  const { join } = await import("node:path");
  const { ids } = await import("./support.ts");
  const record = JSON.parse(
    await readFile(join(it.home, "components", ids.component, "instances", instance, "instance.json"), "utf8"),
  );
  return record.process.pid;
}
