import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { canMount, detectSandbox } from "../../shared/adapters/local/sandbox.ts";
import type { Volume } from "../../shared/contract/component.ts";
import { type Bench, ask, bench, expectKept, ids, workloadFor } from "./support.ts";
import { eventually } from "../support/eventually.ts";

/** Does what it is asked with a file of its volumes, and answers. */
const app = {
  "server.js": `
const fs = require("node:fs");
require("node:http").createServer((q, s) => {
  const { pathname, searchParams } = new URL(q.url, "http://x");
  const answer = () => {
    if (pathname === "/") return process.env.PLUVIA_INSTANCE;
    const path = searchParams.get("path");
    if (pathname === "/add") fs.appendFileSync(path, searchParams.get("text"));
    if (pathname === "/list") return fs.readdirSync(path).join();
    if (pathname === "/room") { const { blocks, bsize } = fs.statfsSync(path); return String(blocks * bsize); }
    return fs.readFileSync(path, "utf8");
  };
  try { s.end(answer()); } catch (error) { s.end(error.code); }
}).listen(process.env.PORT);
process.on("SIGTERM", () => {
  // It takes its time: a second instance would meet it.
  fs.appendFileSync(process.env.DATA + "/life", "-");
  setTimeout(() => { fs.appendFileSync(process.env.DATA + "/life", process.env.PLUVIA_RELEASE + ">"); process.exit(0); }, 300);
});
fs.appendFileSync(process.env.DATA + "/life", "<" + process.env.PLUVIA_RELEASE);`,
  "uploads/beside.txt": "of the release",
};
const volume = (name: string, path: string, change: Partial<Volume> = {}): Volume => ({
  name,
  path,
  kind: "exclusive",
  sizeMib: 16,
  storageClass: null,
  ...change,
});
const data = volume("data", "/var/lib/pluvia-test/data");
/** Of programs that everyone may run, so that the platform, as root, can give each team a user of its own. */
const openPath = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };

const isPossible = canMount(detectSandbox({ hide: [], tools: [] }), []);
const mountTest = isPossible ? test : test.skip;

let it: Bench;
afterEach(() => it.end());
let generation = 0;
beforeEach(() => {
  generation = 0;
});

async function run(number: number, change: Parameters<typeof workloadFor>[2] = {}): Promise<void> {
  const variables = { DATA: data.path, NUMBER: String(number) };
  await it.cluster.apply(
    workloadFor(await it.shelf.add(app), ++generation, {
      number,
      variables,
      ...change,
      configuration: { volumes: [data], ...change?.configuration },
    }),
  );
  await it.phase("settled", generation);
}
const told = async (what: string, path: string, text = ""): Promise<string> =>
  (await ask(`${it.proxy.url}/${what}?${new URLSearchParams({ path, text })}`)).body;
const kept = `${data.path}/kept`;
const component = ids.component as never;
const ofComponent = (): string => join(it.home, "components", ids.component);

describe.each([
  ["as found", {}],
  ["programs open to all", { environment: openPath }],
])("%s", (_, more) => {
  mountTest(
    "W2: a volume keeps its files over restarts, releases, rollbacks and stops, and over ends of the platform",
    async () => {
      it = await bench(more);
      await expectKept(it, { run, told, settled: () => it.phase("settled", generation) }, kept);
      expect(existsSync(data.path)).toBe(false);
    },
  );

  mountTest("W2: an exclusive volume is of one instance: the old one has ended before the new one starts", async () => {
    it = await bench(more);
    await run(1);
    await run(2);
    await run(3);
    expect(await told("read", `${data.path}/life`)).toBe("<1-1><2-2><3");
  });

  mountTest("a terminal sees the volumes", async () => {
    it = await bench(more);
    await run(1);
    await told("add", kept, "seen");
    const command = ["sh", "-c", `cat ${kept}; echo " and $(id -u)"; echo more >> ${kept}`];
    const exec = await it.cluster.exec({ component, instance: null, command, columns: 80, rows: 24 });
    let text = "";
    exec.onOutput((bytes) => {
      text += bytes.toString();
    });
    await eventually(`it says so; it said ${JSON.stringify(text)}`, () => /seen and \d+/.test(text));
    await eventually("it wrote", async () => (await told("read", kept)) === "seenmore\n");
  });
});

mountTest("volumes and files at paths the machine has and has not, in the application's folder, and in memory", async () => {
  it = await bench();
  const volumes = [
    data,
    volume("uploads", "/app/uploads", { kind: "shared" }),
    volume("deep", "/app/new/folder"),
    volume("top", "/pluvia-test"),
    volume("memory", "/run/pluvia-test/cache", { kind: "memory", sizeMib: 2 }),
  ];
  const files = [
    { path: "/etc/pluvia-test/it's.conf", content: "fsync = on\n", executable: false },
    { path: "/app/settings.json", content: "{}", executable: true },
  ];
  await run(1, { configuration: { volumes, files } });
  expect(await told("list", "/app/uploads")).toBe("");
  for (const { path } of volumes) expect([path, await told("add", `${path}/x`, "y")]).toEqual([path, "y"]);
  for (const { path, content } of files) {
    expect(await told("read", path)).toBe(content);
    expect(["EROFS", "EACCES"]).toContain(await told("add", path, "z"));
  }
  expect(await told("room", "/run/pluvia-test/cache")).toBe(String(2 * 2 ** 20));
  expect(await told("read", "/etc/hostname")).not.toBe("ENOENT");
  expect(["/pluvia-test", "/etc/pluvia-test", "/run/pluvia-test"].filter((path) => existsSync(path))).toEqual([]);
  await run(2, { configuration: { volumes, files } });
  const after = await Promise.all(volumes.map(({ path }) => told("read", `${path}/x`)));
  expect(after).toEqual(["y", "y", "y", "y", "ENOENT"]);
});

mountTest("a volume over the machine's programs harms nobody but the component itself", async () => {
  it = await bench();
  const hostile = [
    { path: "/etc/ld.so.preload", content: "/var/lib/pluvia-test/data/none.so\n", executable: false },
    { path: "/usr/bin/setpriv", content: "#!/bin/sh\nexit 1\n", executable: true },
  ];
  await run(1, { configuration: { files: hostile } });
  expect(await told("add", kept, "a")).toBe("a");
  expect(existsSync("/etc/ld.so.preload")).toBe(false);
});

mountTest(
  "a volume taken from the configuration keeps its data until the component is removed; one of the same name brings it back",
  async () => {
    it = await bench();
    const other = volume("other", "/srv/pluvia-test");
    await run(1, { configuration: { volumes: [data, other] } });
    await told("add", "/srv/pluvia-test/x", "still here");
    await run(2);
    expect(await told("read", "/srv/pluvia-test/x")).toBe("ENOENT");
    await run(3, { configuration: { volumes: [data, { ...other, path: "/elsewhere" }] } });
    expect(await told("read", "/elsewhere/x")).toBe("still here");
    expect(readdirSync(join(ofComponent(), "volumes"))).toHaveLength(2);
    await it.cluster.remove(component);
    expect(existsSync(ofComponent())).toBe(false);
  },
);

mountTest("what a component's removal left of its volumes, being killed in between, goes with the next start", async () => {
  it = await bench();
  await run(1);
  await told("add", kept, "x");
  await it.cluster.halt();
  const { rm } = await import("node:fs/promises");
  await rm(join(ofComponent(), "component.json"));
  await it.restart();
  await eventually("it is gone", () => !existsSync(ofComponent()));
});

test("without isolation, and without podman, there are no volumes, which the data center says and a release is told", async () => {
  it = await bench({ isolation: "off", environment: { PATH: "/nowhere" } });
  const said = (await it.cluster.capabilities()).filter((c) => c.name === "volumes" || c.name === "files");
  expect(said.map((c) => c.available)).toEqual([false, false]);
  expect(said[0]?.message).toMatch(/need isolation/);
  await it.cluster.apply(workloadFor(await it.shelf.add(app), 1, { configuration: { volumes: [data] } }));
  const { signals } = await it.phase("failed", 1);
  expect(signals.map((s) => s.code)).toEqual(["volume.refused"]);
});

mountTest("what this data center has not is refused in words: storage classes", async () => {
  it = await bench();
  const fast = { ...data, storageClass: "fast" };
  await it.cluster.apply(workloadFor(await it.shelf.add(app), 1, { configuration: { volumes: [fast] } }));
  expect((await it.phase("failed", 1)).signals).toEqual([
    { code: "volume.refused", detail: { message: expect.stringContaining("storage class fast") } },
  ]);
});
