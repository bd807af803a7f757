import { readdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { detectCpuGroups } from "../../shared/adapters/local/cluster/cpu-groups.ts";
import { noSandbox } from "../../shared/adapters/local/sandbox.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { ask, type Bench, bench, ids, workloadFor } from "./support.ts";
import { eventually } from "../support/eventually.ts";

/** Keeps a child busy without end; tells which group it is in, what it used of the time that passed, and whether it may change that. */
const busy = `
const { spawn } = require("node:child_process"), fs = require("node:fs");
const child = spawn("/bin/sh", ["-c", "while :; do :; done"]);
const ticks = (pid) => { const s = fs.readFileSync("/proc/" + pid + "/stat", "utf8").split(" "); return Number(s[13]) + Number(s[14]); };
const write = (path) => { try { fs.writeFileSync(path, "0"); return "written"; } catch (error) { return error.code; } };
const from = process.hrtime.bigint(), before = ticks(child.pid);
require("node:http").createServer((q, s) => {
  const path = new URL(q.url, "http://x").searchParams.get("path");
  const seconds = Number(process.hrtime.bigint() - from) / 1e9;
  s.end(JSON.stringify({
    share: (ticks(child.pid) - before) / 100 / seconds, seconds, groups: fs.readFileSync("/proc/" + child.pid + "/cgroup", "utf8"),
    change: path && write(path),
  }));
}).listen(process.env.PORT);`;

interface Told {
  readonly share: number;
  readonly seconds: number;
  readonly groups: string;
  readonly change: string | null;
}
const openPath = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };
const places = ["/sys/fs/cgroup", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/unified"];
/** The directory of the group whose name ends so, wherever the hierarchy is mounted. */
function groupsNamed(end: string): string[] {
  const below = (directory: string, depth: number): string[] => {
    try {
      return readdirSync(directory, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap(({ name }) => {
          const path = `${directory}/${name}`;
          return name.endsWith(end) ? [path] : depth > 0 ? below(path, depth - 1) : [];
        });
    } catch {
      return []; // Gone while we looked.
    }
  };
  return [...new Set(places.flatMap((place) => below(place, 5)))];
}

let it: Bench;
afterEach(() => it.end());

test.each([
  ["isolated", { environment: openPath }],
  ["not isolated", { isolation: "off" as const }],
])(
  "W2: where the machine allows it, an instance gets no more CPU than its limit; else the data center says so (%s)",
  async (_, more) => {
    it = await bench(more);
    const capabilities = await it.cluster.capabilities();
    const limit = capabilities.find((c) => c.name === "cpu-limit");
    if (!limit?.available) {
      expect(limit).toMatchObject({ code: "cpu-limit.shared", message: expect.stringContaining("not enforced") });
      return console.warn("skipped: this machine lets us make no control groups");
    }
    const isIsolated = capabilities.some((c) => c.name === "isolation" && c.available);
    const configuration = { resources: { memoryMib: 512, cpuMillis: 150 } };
    await it.cluster.apply(workloadFor(await it.shelf.add({ "server.js": busy }), 1, { configuration }));
    const { instances } = await it.phase("settled", 1);
    const id = instances[0]?.id ?? "";
    const [group = ""] = groupsNamed(`-${id}`);
    const asked = async (): Promise<Told> =>
      JSON.parse((await ask(`${it.proxy.url}/?path=${encodeURIComponent(`${group}/cgroup.procs`)}`)).body);
    const told = await eventually("it was busy for a while", async () => {
      const now = await asked();
      return now.seconds > 2 && now;
    });
    expect(told.groups).toContain(`-${id}`);
    expect(told.share).toBeLessThan(0.3);
    expect(readFileSync(`${group}/cpu.stat`, "utf8")).not.toMatch(/nr_throttled 0\n/);
    if (isIsolated) expect(told.change).toBe("EROFS");

    const exec = await it.cluster.exec({
      component: ids.component as never,
      instance: null,
      command: ["sh", "-c", "cat /proc/self/cgroup"],
      columns: 200,
      rows: 30,
    });
    let text = "";
    exec.onOutput((data) => {
      text += data.toString();
    });
    await eventually("a terminal shares the limit", () => text.includes(`-${id}`));

    await it.restart();
    expect(groupsNamed(`-${id}`)).toEqual([group]);
    await it.cluster.remove(ids.component as never);
    // The last process may still have been ending; the platform's next start looks again.
    await it.restart();
    await eventually("its group is gone", () => groupsNamed(`-${id}`).length === 0);
  },
);

test("a group that a crash left is removed by the next start, and one of an instance that is known is not", async () => {
  it = await bench();
  const home = await temporaryDirectory();
  const groups = () => detectCpuGroups({ home: home.path, sandbox: noSandbox(), hide: [] });
  const first = groups();
  if (!first.capability.available) return console.warn("skipped: this machine lets us make no control groups");
  first.limit("left", 100);
  first.limit("kept", 100);
  const named = (instance: string) => groupsNamed(`-${instance}`).length;
  expect([named("left"), named("kept")]).toEqual([1, 1]);
  groups().prune((instance) => instance === "kept");
  expect([named("left"), named("kept")]).toEqual([0, 1]);
  groups().prune(() => false);
  expect(named("kept")).toBe(0);
  await home.remove();
});
