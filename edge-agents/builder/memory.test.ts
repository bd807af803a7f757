import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { watchMemory } from "./memory.ts";

const limit = JSON.stringify({ mib: 512, setting: "builds.memoryMib" });

describe("C2: a step that ended for want of memory says so", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "pluvia-memory-"));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const count = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };

  test.each([
    ["sys/fs/cgroup/memory.events", (kills: number) => `low 0\nhigh 0\nmax 7\noom 1\noom_kill ${kills}\noom_group_kill 0\n`],
    ["sys/fs/cgroup/memory/memory.oom_control", (kills: number) => `oom_kill_disable 0\nunder_oom 0\noom_kill ${kills}\n`],
  ])("in a container of its own, by %s, whatever the program above it ended with", (path, text) => {
    count(path, text(1));
    const watch = watchMemory(limit, root);
    expect(watch.failure({ step: "npm ci", exitCode: 1 })).toBeNull();
    count(path, text(2));
    expect(watch.failure({ step: "npm ci", exitCode: 1 })).toMatchObject({
      code: "build.memory",
      message: expect.stringContaining("512 MiB"),
      next: expect.stringContaining("builds.memoryMib"),
    });
  });

  test("on a machine that it shares, where the step itself was killed", () => {
    count("proc/vmstat", "nr_free_pages 1\noom_kill 39\n");
    const watch = watchMemory(undefined, root);
    expect(watch.failure({ step: "npm ci", exitCode: null })).toBeNull();
    count("proc/vmstat", "nr_free_pages 1\noom_kill 40\n");
    expect(watch.failure({ step: "npm ci", exitCode: 1 })).toBeNull();
    for (const exitCode of [null, 137])
      expect(watch.failure({ step: "npm ci", exitCode })).toMatchObject({
        code: "machine.memory",
        message: expect.stringContaining("npm ci"),
      });
  });

  test("not where nobody counts", () => expect(watchMemory(limit, root).failure({ step: "npm ci", exitCode: null })).toBeNull());
});
