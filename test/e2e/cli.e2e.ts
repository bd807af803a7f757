import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gitEnvironment } from "../../shared/adapters/local/git.ts";
import { bin, type Cli, newCli, type Ran } from "../cli/run.ts";
import { demo, get, otherDemos } from "./journey.ts";
import { type Platform, removeHome, startPlatform } from "./platform.ts";

interface Row {
  id: string;
  name: string;
  status: string;
  url: string;
  release: number;
}
let platform: Platform;
let cli: Cli;
let key: string;
beforeAll(async () => {
  platform = await startPlatform();
  cli = await newCli(platform.url, "");
});
afterAll(async () => {
  await cli.remove();
  expect(await platform.stop()).toBe(0);
  await removeHome(platform.home);
});

/** Runs it, expects it to succeed, and answers its JSON. */
async function ok<T>(...args: string[]): Promise<T> {
  const ran = await cli.run([...args, "--json"]);
  if (ran.code !== 0) throw new Error(`pluvia ${args.join(" ")} ended with ${ran.code}\n${ran.stdout}\n${ran.stderr}`);
  return JSON.parse(ran.stdout) as T;
}
const web = ["--app", "shop", "--name", "web"];
const git = (args: string[], cwd: string): Promise<Ran> =>
  new Promise((resolve) => {
    const identity = {
      GIT_AUTHOR_NAME: "Ada",
      GIT_AUTHOR_EMAIL: "ada@example.com",
      GIT_COMMITTER_NAME: "Ada",
      GIT_COMMITTER_EMAIL: "ada@example.com",
    };
    execFile("git", args, { cwd, env: gitEnvironment(identity) }, (error, stdout, stderr) =>
      resolve({ code: error ? 1 : 0, stdout, stderr }),
    );
  });

test("G1: a newcomer signs up", async () => {
  await ok("signup", "--email", "ada@example.com", "--password", "correct horse battery");
  expect(await ok("whoami")).toMatchObject({ user: { email: "ada@example.com" } });
  await ok("logout");
  expect((await cli.run(["ps"])).code).toBe(3);
  await ok("login", "--email", "ada@example.com", "--password", "correct horse battery");
  expect(await ok("ps")).toEqual([]);
});

test("P1: from a repository URL to an address that answers, in one command", async () => {
  const row = await ok<Row>("create", ...web, "--git", `${platform.url}/git/demos/node.git`, "--wait");
  expect(row).toMatchObject({ name: "web", status: "running", release: 1 });
  expect((await get(row.url)).status).toBe(200);
  expect(await ok<Row[]>("ps")).toEqual([
    expect.objectContaining({ id: row.id, name: "web", status: "running", url: row.url, release: 1 }),
  ]);
  expect(await ok("open", ...web)).toEqual({ url: row.url });
});

test.each(otherDemos)("P1: so does the %s demo", async (name) => {
  const row = await ok<Row>("create", "--app", `demo-${name}`, "--name", "web", "--git", demo(platform.url, name), "--wait");
  expect(row).toMatchObject({ status: "running", release: 1 });
  expect((await get(row.url)).status).toBe(200);
});

test("W7: a variable makes a release, and rolling back takes it away", async () => {
  const { url } = await ok<Row>("env", "set", "GREETING=Bonjour", ...web, "--wait");
  expect((await get(url)).text).toContain("Bonjour");
  await ok("rollback", "1", ...web, "--wait");
  expect((await get(url)).text).not.toContain("Bonjour");
  expect(
    (await ok<{ number: number; rollbackOf: number | null }[]>("releases", ...web)).map((r) => [r.number, r.rollbackOf]),
  ).toEqual([
    [3, 1],
    [2, null],
    [1, null],
  ]);
});

test("L1, T1: the log is read, and a command runs in an instance and ends with its exit code", async () => {
  const lines = await ok<{ text: string }[]>("logs", ...web, "--tail", "50");
  expect(lines.length).toBeGreaterThan(0);
  const ran = await cli.run(["exec", ...web, "--", "sh", "-c", "echo $((6*7)); exit 3"]);
  expect(ran).toMatchObject({ code: 3, stdout: expect.stringContaining("42") });
});

test("T1: exec hands on what is piped in, byte by byte, up to its end, and ends as the program does", async () => {
  const piped = (input: string, ...command: string[]) =>
    new Promise<Ran>((resolve, reject) => {
      const child = execFile(
        process.execPath,
        [bin, "exec", ...web, "--", ...command],
        { cwd: cli.folder, env: cli.env, maxBuffer: 64_000_000 },
        (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
      child.on("error", reject);
      child.stdin?.end(input);
    });
  expect(await piped("hi\n", "cat")).toEqual({ code: 0, stdout: "hi\n", stderr: "" });
  const odd = "\u0000\u0003\u0004\u0011\u0013\u0016\u001a\u001c\u007f\r\n\ttab, Grüße 🚀, and no end of line";
  expect((await piped(odd, "cat")).stdout).toBe(odd);
  const much = `${"a line of many ".repeat(20_000)}\n${"and many short ones\n".repeat(20_000)}`;
  expect((await piped(much, "cat")).stdout === much).toBe(true);
  expect((await piped("", "cat")).stdout).toBe("");
  expect(await piped("never read", "sh", "-c", "exit 3")).toMatchObject({ code: 3 });
  expect((await cli.run(["exec", ...web, "--", "sh", "-c", "kill -9 $$"])).code).toBe(137);
  expect((await cli.run(["exec", ...web, "--", "sh", "-c", "kill $$"])).code).toBe(143);
});

test("W2: scale, stop and start", async () => {
  expect(await ok("scale", "2", ...web, "--wait")).toMatchObject({ replicas: 2, ready: 2 });
  expect(await ok("stop", ...web, "--yes", "--wait")).toMatchObject({ status: "stopped" });
  expect(await ok("start", ...web, "--wait")).toMatchObject({ status: "running" });
});

test("C1: the current folder is a source; deploying it again shows what changed", async () => {
  const page = (text: string) => writeFile(join(cli.folder, "index.html"), text);
  await page("<h1>one</h1>");
  await ok("init", "--app", "shop", "--name", "site");
  const { url } = await ok<Row>("create", ".", "--wait");
  expect((await get(url)).text).toContain("one");
  await page("<h1>two</h1>");
  await ok("deploy", "--wait");
  expect((await get(url)).text).toContain("two");
});

test("C1: git push deploys, and tells the pusher the address", async () => {
  key = (await ok<{ secret: string }>("keys", "create", "--name", "ci")).secret;
  const { repositoryUrl } = await ok<{ repositoryUrl: string }>("create", "--app", "shop", "--name", "pushed", "--push");
  const folder = join(cli.folder, "pushed");
  await mkdir(folder);
  await writeFile(join(folder, "index.html"), "<h1>pushed</h1>");
  await git(["init", "-q", "-b", "main"], folder);
  await git(["add", "."], folder);
  await git(["commit", "-q", "-m", "first"], folder);
  const pushed = await git(["push", repositoryUrl.replace("://", `://git:${key}@`), "main"], folder);
  expect(pushed).toMatchObject({ code: 0, stderr: expect.stringContaining("is running") });
  const { url } = (await ok<Row[]>("ps", "--app", "shop")).find((r) => r.name === "pushed") as Row;
  expect((await get(url)).text).toContain("pushed");
});

test("A3: an API key does it without a session", async () => {
  const ran = await cli.run(["deploy", ...web, "--wait", "--json"], {
    PLUVIA_API_KEY: key,
    XDG_CONFIG_HOME: join(cli.folder, "nobody"),
  });
  expect(ran.code).toBe(0);
  expect(JSON.parse(ran.stdout)).toMatchObject({ status: "running" });
});

test("a repository that cannot be reached is refused before anything is made, with what to do", async () => {
  const ran = await cli.run([
    "create",
    "--app",
    "shop",
    "--name",
    "none",
    "--git",
    `${platform.url}/git/demos/none.git`,
    "--json",
  ]);
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.stdout)).toMatchObject({ error: { next: expect.stringMatching(/\w/) } });
  expect((await ok<Row[]>("ps")).map((r) => r.name)).not.toContain("none");
});

test("removed, it is gone and its address answers nothing", async () => {
  const { url } = await ok<Row>("ps", ...web).then((rows) => (rows as unknown as Row[])[0] as Row);
  await ok("components", "remove", ...web, "--yes", "--wait");
  expect((await get(url)).status).toBe(404);
  await ok("apps", "remove", "shop", "--yes");
});
