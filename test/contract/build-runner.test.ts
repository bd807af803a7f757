import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endBuilders, localBuildRunner } from "../../shared/adapters/local/builds.ts";
import { startTimeOf } from "../../shared/adapters/local/cluster/proc.ts";
import { memoryBuildRunner } from "../../shared/adapters/memory/build-runner.ts";
import type { BuildOrder } from "../../shared/contract/agent.ts";
import { orderFor } from "../support/build.ts";
import { eventually } from "../support/eventually.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { buildRunnerSuite } from "./build-runner.suite.ts";

/** Counts its starts, starts a child of its own, and ends when it is told to. */
const stub = `
import { appendFileSync, existsSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
const given = await text(process.stdin);
if (given === "") process.exit(0);
const order = JSON.parse(given);
const folder = process.env.PLUVIA_BUILDS + "/" + order.id;
const step = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
const { startTimeOf } = await import(process.env.PROC_MODULE);
writeFileSync(folder + "/group", step.pid + " " + startTimeOf(step.pid));
writeFileSync(folder + "/step", String(step.pid));
appendFileSync(folder + "/../starts-" + order.id, "x");
if (order.language === "static") process.on("SIGTERM", () => {});
else process.on("SIGTERM", () => { step.kill("SIGKILL"); process.exit(0); });
setInterval(() => {
  if (!existsSync(folder + "/../end-" + order.id)) return;
  step.kill("SIGKILL");
  writeFileSync(folder + "/ended", "");
  process.exit(0);
}, 5);
`;

const platform = { url: "http://127.0.0.1:1" } as Parameters<typeof orderFor>[0];
const order = (given: Partial<BuildOrder> = {}): BuildOrder =>
  orderFor(platform, { source: { kind: "git", url: "https://example.com/a.git" }, ...given });

const open = async () => {
  const temporary = await temporaryDirectory();
  const builder = join(temporary.path, "builder.mjs");
  writeFileSync(builder, stub);
  process.env.PROC_MODULE = new URL("../../shared/adapters/local/cluster/proc.ts", import.meta.url).href;
  const directory = join(temporary.path, "builds");
  const make = (more: { spare?: true } = {}) =>
    localBuildRunner({ directory, cache: join(temporary.path, "cache"), builder, ...more });
  const runner = make();
  const file = (id: string, name: string) => join(directory, id, name);
  const starts = (of: BuildOrder) => statSync(join(directory, `starts-${of.id}`), { throwIfNoEntry: false })?.size ?? 0;
  const begun = (of: BuildOrder) => eventually("the builder began", async () => starts(of) > 0);
  return {
    runner,
    make,
    lasting: order,
    ending: order,
    begun,
    ended: async (of: BuildOrder) => {
      await begun(of);
      writeFileSync(join(directory, `end-${of.id}`), "");
      await eventually("the builder ended", async () => (await runner.observe(of.id)) !== "running");
    },
    stop: async () => {
      const running = readdirSync(directory).filter((id) => existsSync(file(id, "process.json")));
      endBuilders(directory);
      for (const id of running) await eventually("the builder ended", async () => (await runner.observe(id)) !== "running");
    },
    starts,
    step: (of: BuildOrder) => Number(readFileSync(file(of.id, "step"), "utf8")),
    pid: (of: BuildOrder) => (JSON.parse(readFileSync(file(of.id, "process.json"), "utf8")) as { pid: number }).pid,
    directory,
    close: () => temporary.remove(),
  };
};

buildRunnerSuite("child processes", open);
buildRunnerSuite("memory", async () => {
  const runner = memoryBuildRunner();
  return {
    runner,
    lasting: order,
    ending: order,
    begun: async () => {},
    ended: async (of) => runner.end(await runner.start(of), "ended"),
    stop: async () => {
      for (const { id } of runner.orders) {
        const handle = `memory:${id}`;
        if ((await runner.observe(handle)) === "running") runner.end(handle, "stopped");
      }
    },
    starts: (of) => runner.orders.filter((each) => each.id === of.id).length,
    close: async () => {},
  };
});

describe("BuildRunner of one machine", () => {
  let world: Awaited<ReturnType<typeof open>>;
  beforeEach(async () => {
    world = await open();
  });
  afterEach(() => world.close());

  test("W6: a platform that was started again sees the builder run, and can end it", async () => {
    const one = order();
    await world.runner.start(one);
    await world.begun(one);
    const restarted = world.make();
    expect(await restarted.observe(one.id)).toBe("running");
    expect(await restarted.start(one)).toBe(one.id);
    expect(world.starts(one)).toBe(1);
    await restarted.cancel(one.id);
    expect(await restarted.observe(one.id)).not.toBe("running");
    await eventually("its step ended", async () => startTimeOf(world.step(one)) === undefined);
  });

  test("a builder that was killed is lost, and its step does not run on", async () => {
    const one = order();
    await world.runner.start(one);
    await world.begun(one);
    process.kill(world.pid(one), "SIGKILL");
    await eventually("it is lost", async () => (await world.runner.observe(one.id)) === "lost");
    await eventually("its step ended", async () => startTimeOf(world.step(one)) === undefined);
  });

  test("a clean stop of the platform leaves no builder and no step behind, and may be repeated", async () => {
    const one = order({ language: "static" });
    await world.runner.start(one);
    await world.begun(one);
    await world.stop();
    await eventually("its step ended", async () => startTimeOf(world.step(one)) === undefined);
    await world.stop();
    expect(await world.runner.observe(one.id)).toBe("stopped");
  });

  test("a builder that does not listen is killed with its step", async () => {
    const one = order({ language: "static" });
    await world.runner.start(one);
    await world.begun(one);
    await world.runner.cancel(one.id);
    expect(startTimeOf(world.pid(one))).toBeUndefined();
    await eventually("its step ended", async () => startTimeOf(world.step(one)) === undefined);
  });

  test("a lost one can be started again", async () => {
    const one = order();
    await world.runner.start(one);
    await world.begun(one);
    process.kill(world.pid(one), "SIGKILL");
    await eventually("it is lost", async () => (await world.runner.observe(one.id)) === "lost");
    await world.runner.start(one);
    await eventually("it began again", async () => world.starts(one) === 2);
    await world.runner.cancel(one.id);
  });

  test("a process that took over a dead builder's number is not taken for it, and is not killed", async () => {
    const one = order();
    await world.runner.start(one);
    await world.begun(one);
    const pid = world.pid(one);
    process.kill(pid, "SIGKILL");
    await eventually("it is lost", async () => (await world.runner.observe(one.id)) === "lost");
    const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore", detached: true });
    await once(other, "spawn");
    writeFileSync(join(world.directory, one.id, "process.json"), JSON.stringify({ pid: other.pid, started: "1" }));
    writeFileSync(join(world.directory, one.id, "group"), `${other.pid} 1`);
    expect(await world.runner.observe(one.id)).toBe("lost");
    await world.runner.cancel(one.id);
    expect(startTimeOf(other.pid ?? 0)).toBeDefined();
    other.kill("SIGKILL");
  });

  test("a spare builder is given the next order, and ends when it is not needed", async () => {
    const runner = world.make({ spare: true });
    const one = order();
    await runner.start(one);
    await world.begun(one);
    await runner.cancel(one.id);
    const two = order();
    await runner.start(two);
    await world.begun(two);
    expect(world.starts(two)).toBe(1);
    expect(await runner.observe(two.id)).toBe("running");
    await runner.cancel(two.id);
  });

  test("a handle that is no build's is refused: it becomes a path", async () => {
    for (const handle of ["../../etc", "bld_/../../x", "", "bld_0000000000000001/.."])
      await expect(world.runner.observe(handle)).rejects.toMatchObject({ code: "internal" });
  });
});
