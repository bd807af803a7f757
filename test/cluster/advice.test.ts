import { hasProc } from "../../shared/adapters/local/cluster/proc.ts";
import type { Files } from "./support.ts";
import { ask, type Bench, bench, ids, serverApp, workloadFor } from "./support.ts";
import { eventually } from "../support/eventually.ts";
import { freePorts } from "../support/ports.ts";

let it: Bench;
beforeEach(async () => {
  it = await bench();
});
afterEach(() => it.end());

const listenOn = (port: string): Files => ({
  "server.js": `require("http").createServer((q, s) => s.end(process.env.PORT)).listen(${port})`,
});
const signals = (code: string) =>
  eventually(`signal ${code}`, async () => (await it.seen()).signals.find((s) => s.code === code)).catch(async (error: Error) => {
    throw new Error(`${error.message} ${JSON.stringify(await it.seen())}`);
  });

const onLinux = hasProc ? test : test.skip;

onLinux("W5: an application that listens elsewhere: which port was wanted and which it has", async () => {
  const elsewhere = await freePorts();
  await it.cluster.apply(workloadFor(await it.shelf.add(listenOn(String(elsewhere))), 1));
  expect((await signals("port.other")).detail).toEqual({ wanted: 3000, listening: elsewhere });
});

onLinux("W5: an application that never listens", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add({ "server.js": "setInterval(() => {}, 1000)" }), 1));
  expect((await signals("port.not-listening")).detail).toEqual({ port: 3000 });
});

onLinux("W5: one that answers only the machine itself works here, and is told", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(listenOn('process.env.PORT, "127.0.0.1"')), 1));
  const seen = await it.phase("settled", 1);
  expect(seen.signals).toEqual([{ code: "port.loopback-only", detail: { port: 3000 } }]);
  expect((await ask(it.proxy.url)).status).toBe(200);
});

onLinux("an application that ignores PORT is reached at the port it declared", async () => {
  const port = await freePorts();
  const configuration = { ports: [{ port, protocol: "http", internal: true, external: true }] };
  await it.cluster.apply(workloadFor(await it.shelf.add(listenOn(String(port))), 1, { configuration }));
  const seen = await it.phase("settled", 1);
  expect(seen.instances[0]?.endpoints).toEqual([{ port, host: "127.0.0.1", hostPort: port }]);
});

onLinux("an application that listens on ::1 only is reached there", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(listenOn('process.env.PORT, "::1"')), 1));
  const seen = await it.phase("settled", 1);
  expect(seen.instances[0]?.endpoints[0]?.host).toBe("::1");
});

test("W5: a health path that answers badly: path and status", async () => {
  await it.cluster.apply(
    workloadFor(
      await it.shelf.add({
        "server.js": "require('http').createServer((q, s) => { s.statusCode = 404; s.end(); }).listen(process.env.PORT)",
      }),
      1,
      { health: { path: "/ready" } },
    ),
  );
  expect((await signals("health.status")).detail).toEqual({ path: "/ready", status: 404 });
});

test("W5: a health check that is not answered in time", async () => {
  await it.cluster.apply(
    workloadFor(await it.shelf.add({ "server.js": "require('http').createServer(() => {}).listen(process.env.PORT)" }), 1, {
      health: { timeoutSeconds: 1 },
    }),
  );
  expect((await signals("health.timeout")).detail).toEqual({ seconds: 1 });
});

test.each([
  ["nosuchprogram --now", "nosuchprogram"],
  ["nosuchprogram $PORT", "nosuchprogram"],
])("W5: a command that is not there (%s): its name, at once", async (command, name) => {
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("x")), 1, { configuration: { command } }));
  const seen = await it.phase("failed", 1);
  expect(seen.signals[0]).toEqual({ code: "command.not-found", detail: { command: name } });
});

test("W5: no command at all", async () => {
  const digest = await it.shelf.add(serverApp("x"));
  const { artifact } = workloadFor(digest, 1);
  await it.cluster.apply(workloadFor(digest, 1, { artifact: { ...artifact, command: null } }));
  expect((await it.phase("failed", 1)).signals).toEqual([{ code: "command.missing", detail: {} }]);
});

test("W5: a port that another program has", async () => {
  const { createServer } = await import("node:net");
  const other = createServer().listen(0);
  await new Promise((resolve) => other.once("listening", resolve));
  const { port } = other.address() as { port: number };
  await it.cluster.apply(workloadFor(await it.shelf.add(listenOn(String(port))), 1));
  const told = await signals("port.taken").finally(() => other.close());
  expect(told.detail).toEqual({ port: String(port) });
});

test("W5: an artifact that cannot be fetched is told, and fetched once it can be", async () => {
  const files = serverApp("late");
  const { slugOf } = await import("./support.ts");
  await it.cluster.apply(workloadFor((await slugOf(files)).digest, 1));
  await signals("artifact.unavailable");
  await it.shelf.add(files);
  expect((await it.phase("settled", 1)).signals).toEqual([]);
});

test("an image is refused with the reason where podman is not installed", async () => {
  const without = await bench({ environment: { PATH: "/nowhere" } });
  const artifact = { kind: "image", reference: "docker.io/library/nginx", digest: null, command: null, variables: {} };
  await without.cluster.apply(workloadFor("", 1, { artifact }));
  expect((await without.phase("failed", 1)).signals[0]?.code).toBe("image.unsupported");
  expect((await without.cluster.capabilities()).find((c) => c.name === "images")).toMatchObject({
    available: false,
    message: expect.stringContaining("install podman"),
  });
  await without.end();
});

onLinux("W5: an instance over its memory limit is ended, told so, and started again", async () => {
  const eats = "const kept = []; setInterval(() => kept.push(Buffer.alloc(20 << 20, 1)), 50);";
  await it.cluster.apply(
    workloadFor(await it.shelf.add(serverApp("hungry", eats)), 1, {
      configuration: { resources: { memoryMib: 200, cpuMillis: 1000 } },
    }),
  );
  expect((await signals("killed.memory")).detail).toEqual({ limitMib: 200 });
  const [instance] = (await it.seen()).instances;
  expect(instance?.lastExit).toMatchObject({ outOfMemory: true });
});

onLinux("what an instance uses is measured", async () => {
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("one")), 1));
  await it.phase("settled", 1);
  const used = await eventually("memory is known", async () => (await it.seen()).instances[0]?.memoryBytes || undefined);
  expect(used).toBeGreaterThan(10 * 2 ** 20);
  expect(used).toBeLessThan(500 * 2 ** 20);
});

test("an instance that does not end when asked is killed after its grace", async () => {
  await it.cluster.apply(
    workloadFor(
      await it.shelf.add({
        "server.js": `process.on("SIGTERM", () => console.log("no")); require("http").createServer((q, s) => s.end()).listen(process.env.PORT)`,
      }),
      1,
      { configuration: { graceSeconds: 1 } },
    ),
  );
  await it.phase("settled", 1);
  await it.cluster.apply(workloadFor(await it.shelf.add(serverApp("next")), 2, { configuration: { graceSeconds: 1 } }));
  const seen = await it.phase("settled", 2);
  expect(seen.instances).toHaveLength(1);
  expect(seen.endedLogs.map((l) => l.stream).sort()).toEqual(["err", "out"]);
});

test("processes that an instance left in sessions of their own go with it", async () => {
  const files = {
    "server.js": `const child = require("child_process").spawn("sleep", ["600"], { detached: true, stdio: "ignore" }); child.unref(); require("http").createServer((q, s) => s.end("x")).listen(process.env.PORT)`,
  };
  await it.cluster.apply(workloadFor(await it.shelf.add(files), 1));
  const [instance] = (await it.phase("settled", 1)).instances;
  await it.cluster.remove(ids.component as never);
  const { strays } = await import("../../shared/adapters/local/cluster/processes.ts");
  await eventually("they are gone", () => strays(instance?.id ?? "").length === 0);
});
