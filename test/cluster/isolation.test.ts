import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ask, type Bench, bench, ids, serverApp, workloadFor } from "./support.ts";
import { eventually } from "../support/eventually.ts";

const asks = `
const fs = require("node:fs"), net = require("node:http");
const list = (path) => { try { return fs.readdirSync(path); } catch (error) { return error.code; } };
const write = (path) => { try { fs.writeFileSync(path, "x"); return "written"; } catch (error) { return error.code; } };
net.createServer((q, s) => {
  const at = new URL(q.url, "http://x").searchParams.get("path");
  s.end(JSON.stringify({
    uid: process.getuid(), processes: list("/proc").filter((n) => /^[0-9]+$/.test(n)).length, listed: at ? list(at) : null,
    beside: write("beside.txt"), home: write(process.env.HOME + "/x"), temporary: write(process.env.TMPDIR + "/x"), environment: process.env, cwd: process.cwd(),
  }));
}).listen(process.env.PORT);`;

let it: Bench;
afterEach(() => it.end());

const other = "cmp_0000000000000002";
async function inspect(path: string) {
  return JSON.parse((await ask(`${it.proxy.url}/?path=${encodeURIComponent(path)}`)).body);
}
async function start(more: Parameters<typeof bench>[0]): Promise<boolean> {
  it = await bench(more);
  await it.cluster.apply(
    workloadFor(await it.shelf.add({ "server.js": asks }), 1, { variables: { MINE: 'it\'s\n"mine" $HOME' } }),
  );
  await it.phase("settled", 1);
  return (await it.cluster.capabilities()).some((c) => c.name === "isolation" && c.available);
}
/** A path of programs that everyone may run, so that the platform, as root, can give each team a user of its own. */
const openPath = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };

describe.each([
  ["as found", {}],
  ["programs open to all", { environment: openPath }],
  ["switched off", { isolation: "off" as const }],
])("%s", (_, more) => {
  test("an instance has its own directories and variables, and nothing of the platform's", async () => {
    process.env.PLUVIA_SECRET_OF_OURS = "x";
    await start(more);
    delete process.env.PLUVIA_SECRET_OF_OURS;
    const seen = await inspect("/");
    expect(seen).toMatchObject({ beside: "written", home: "written", temporary: "written" });
    expect(seen.cwd.endsWith("/work/app")).toBe(true);
    const { environment } = seen;
    expect(environment.MINE).toBe('it\'s\n"mine" $HOME');
    expect(environment.PORT_3000).toBe(environment.PORT);
    expect(environment.HOME.endsWith("/work/home")).toBe(true);
    expect(environment).toMatchObject({ PLUVIA_APPLICATION: "shop", PLUVIA_COMPONENT: "web", PLUVIA_RELEASE: "1" });
    const allowed =
      /^(PATH|HOME|TMPDIR|LANG|PORT|PORT_3000|MINE|PLUVIA_(APPLICATION|COMPONENT|RELEASE|INSTANCE)|PWD|OLDPWD|SHLVL|_)$/;
    expect(Object.keys(environment).filter((name) => !allowed.test(name))).toEqual([]);
  });

  test("a terminal is where the instance is", async () => {
    await start(more);
    const exec = await it.cluster.exec({
      component: ids.component as never,
      instance: null,
      command: ["sh", "-c", "cat beside.txt 2>&1; pwd; echo $MINE; stty size; id -u"],
      columns: 90,
      rows: 30,
    });
    const [web] = [JSON.parse((await ask(it.proxy.url)).body)];
    let text = "";
    exec.onOutput((data) => {
      text += data.toString();
    });
    await eventually(
      `it says so; it said ${JSON.stringify(text)}`,
      () => text.includes("30 90") && text.trim().endsWith(String(web.uid)),
    );
    expect(text).toContain(web.cwd);
  });

  test("output goes to its files, and opening it anew by its name works", async () => {
    await start(more);
    await it.cluster.apply(
      workloadFor(
        await it.shelf.add(
          serverApp("x", 'fs = require("fs"); fs.appendFileSync("/proc/self/fd/1", "by name\\n"); console.error("bad");'),
        ),
        2,
      ),
    );
    const { instances } = await it.phase("settled", 2);
    const text = async (stream: string): Promise<string> =>
      (await import("node:fs/promises")).readFile(instances[0]?.logs.find((l) => l.stream === stream)?.path ?? "", "utf8");
    if (process.platform === "linux") expect(await text("out")).toContain("by name");
    expect(await text("err")).toContain("bad");
  });
});

test("where the machine allows it, an instance sees neither others' files nor others' processes", async () => {
  const isIsolated = await start({ environment: openPath });
  if (!isIsolated) return console.warn("skipped: this machine does not allow isolation");
  await it.cluster.apply({ ...workloadFor(await it.shelf.add(serverApp("other")), 1), component: other as never });
  await eventually("both run", async () => (await it.cluster.observe()).every((w) => w.phase === "settled"));
  await writeFile(join(it.home, "secret"), "x");
  expect(existsSync(join(it.home, "components", other))).toBe(true);
  expect((await inspect(it.home)).listed).not.toContain("secret");
  expect((await inspect(join(it.home, "components"))).listed).toEqual([ids.component]);
  expect((await inspect(join(it.home, "components", ids.component))).listed).toEqual(["instances"]);
  expect((await inspect("/")).processes).toBeLessThan(6);
  if (process.getuid?.() === 0) expect((await inspect("/")).uid).not.toBe(0);
});
