import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startContractServer } from "../support/contract-server.ts";
import { applicationRecord, componentRecord, operationRecord } from "../support/records.ts";
import { type Cli, newCli } from "./run.ts";

const at = "2026-11-21T12:00:00.000Z";
const user = { id: "usr_0000000000000001", email: "ada@example.com", name: "Ada", createdAt: at } as const;
const first = { id: "tnt_0000000000000001", name: "Ada's team", role: "owner" } as const;
const second = { id: "tnt_0000000000000002", name: "二队", role: "owner" } as const;
const session = { user, teams: [first, second], csrf: "x", expiresAt: "2027-01-01T00:00:00.000Z", token: "pluvia_session_token" };
const web = ["--app", "shop", "--name", "web"];

type Answers = Parameters<typeof startContractServer>[0];
let server: Awaited<ReturnType<typeof startContractServer>>;
let cli: Cli;
const start = async (answers: Answers = {}, key?: string): Promise<void> => {
  server = await startContractServer({
    applicationList: () => ({ items: [applicationRecord()] }),
    componentList: () => ({ items: [componentRecord()] }),
    componentView: () => componentRecord(),
    ...answers,
  });
  cli = await newCli(server.url, key);
};
afterEach(async () => {
  await server.stop();
  await cli.remove();
});
const asked = () => server.seen.map((s) => s.operation);
const teamsAsked = () => server.seen.map((s) => s.headers["pluvia-team"]);
const signIn = () => cli.run(["login", "--email", user.email], { PLUVIA_PASSWORD: "correct horse battery" });

test.each([
  [["keys", "create", "ci", "--app", ""], "--app"],
  [["keys", "create", "ci", "--expires-in-days", ""], "--expires-in-days"],
  [["deploy", ...web, "--git", ""], "--git"],
  [["create", ".", ...web, "--command", ""], "--command"],
  [["exec", ...web, "--instance", "", "--", "ls"], "--instance"],
  [["deploy", "", ...web], "<folder>"],
  [["keys", "revoke", "", "--yes"], "<id>"],
  [["builds", "log", "", ...web], "<build>"],
])("pluvia %j: what is empty is refused, and not taken for left out", async (args, named) => {
  await start();
  const ran = await cli.run(args);
  expect([ran.code, asked()]).toEqual([2, []]);
  expect(ran.stderr).toContain(`${named} is empty.`);
});

test.each([
  [["logs", "--app", "shop", "--component", "shop/web"], "--component and --app"],
  [["logs", "--name", "web", "--component", "shop"], "--component and --name"],
  [["logs", ...web, "--since", "4", "--tail", "9"], "--since and --tail"],
  [["keys", "create", "ci", "--name", "robot"], "ci and --name"],
  [["configure", ...web, "--cpu-target", "80"], "--scale-between"],
  [["configure", ...web, "--port", "none", "--port", "80"], "--port none goes with no other port."],
  [["configure", ...web, "--volume", "a:/a:1", "--volume", "none"], "--volume none goes with no other volume."],
  [["configure", ...web, "--port", "80/udp"], "--port takes 8080, 8080/http or 5432/tcp"],
  [["configure", ...web, "--overlap", "allow"], "--schedule"],
  [["create", ...web, "--image", "redis:7", "--overlap", "allow"], "--schedule"],
  [["deploy", ...web, "--demo", "node", "--branch", "main"], "--branch goes with --git"],
  [["create", ...web, "--image", "redis:7", "--dir", "sub"], "--dir"],
  [["create", ".", ...web, "--token", "x"], "--token goes with --git"],
  [["restart", ...web, "--wait", "--timeout", "soon"], "--timeout takes a number of seconds"],
  [["data-centers", "join", "east", "--timeout", "soon"], "--timeout takes a number of seconds"],
])("pluvia %j: what would be passed over is refused before anything is changed", async (args, told) => {
  await start();
  const ran = await cli.run(args);
  expect([ran.code, asked().filter((operation) => !/List|View/.test(operation))]).toEqual([2, []]);
  expect(ran.stderr).toContain(told);
});

test("no port and no volume are said so, of a new component and of one that there is", async () => {
  const bodies: unknown[] = [];
  const keep = ({ body }: { body: unknown }) => {
    bodies.push(body);
    return componentRecord();
  };
  await start({
    componentCreate: keep,
    componentUpdate: keep,
    componentConfigure: () => ({ operation: operationRecord({ kind: "configure" }), component: componentRecord() }),
  });
  for (const args of [
    ["create", "--image", "redis:7", "--app", "shop", "--name", "worker", "--no-deploy"],
    ["configure", ...web, "--no-wait"],
  ])
    expect((await cli.run([...args, "--port", "none", "--volume", "none"])).code).toBe(0);
  const configuration = { ports: [], volumes: [] };
  expect(bodies).toMatchObject([{ configuration }, { configuration }]);
});

test("flags before a command count, however deep it is in groups", async () => {
  await start({ dataCenterList: () => ({ items: [] }) });
  const ran = await cli.run(["--json", "--url", server.url, "data-centers", "nodes", "list", "east"], {
    PLUVIA_URL: "http://127.0.0.1:1",
  });
  expect([ran.code, asked()]).toEqual([4, ["dataCenterList"]]);
  expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: "not_found" } });
});

test("whoami and teams list speak of the team that --team names", async () => {
  await start({ sessionCreate: () => session, sessionView: () => session }, "");
  await signIn();
  expect((await cli.run(["whoami", "--team", "二队"])).stdout).toContain("team 二队 (owner)");
  expect((await cli.run(["teams", "list", "--team", "二队"])).stdout).toContain("*  二队");
});

test.each([
  ["api", "--team", "二队", "applicationList"],
  ["--team", "二队", "api", "applicationList"],
])("pluvia %s %s %s %s acts for that team", async (...args) => {
  await start({ sessionCreate: () => session, sessionView: () => session }, "");
  await signIn();
  const ran = await cli.run(args);
  expect([ran.code, asked().at(-1), teamsAsked().at(-1)]).toEqual([0, "applicationList", second.id]);
});

test("an API key is of one team: --team with another's name is refused, with its own it is taken", async () => {
  await start({ tenantView: () => ({ id: first.id, name: first.name, createdAt: at, generation: 1 }) });
  const other = await cli.run(["ps", "--team", "二队"]);
  expect([other.code, asked()]).toEqual([2, ["tenantView"]]);
  expect(other.stderr).toContain(`PLUVIA_API_KEY is a key of the team "Ada's team"`);
  expect((await cli.run(["ps", "--team", first.name])).code).toBe(0);
});

test("who signs in again goes on in the team they chose", async () => {
  await start({ sessionCreate: () => session, sessionView: () => session }, "");
  await signIn();
  expect((await cli.run(["teams", "switch", "二队"])).code).toBe(0);
  expect((await signIn()).stdout).toContain("team 二队");
  await cli.run(["ps"]);
  expect(teamsAsked().at(-1)).toBe(second.id);
});

test("a broken pluvia.json is in the way of nothing that does not need it, and init writes it anew", async () => {
  await start({ tenantView: () => ({ id: first.id, name: first.name, createdAt: at, generation: 1 }) });
  const file = join(cli.folder, "pluvia.json");
  await writeFile(file, "{bad");
  expect((await cli.run(["whoami"])).code).toBe(0);
  const needs = await cli.run(["logs"]);
  expect([needs.code, needs.stderr]).toEqual([2, expect.stringContaining('run "pluvia init"')]);
  expect((await cli.run(["init", "--component", "shop/web"])).code).toBe(0);
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ application: "shop", component: "web" });
});

test("a folder that has a pluvia.json is created by the names in it, wherever one stands", async () => {
  const made: string[] = [];
  await start({
    uploadCreate: () => ({ upload: "upl_0000000000000001", url: `${server.url}/put`, headers: {}, expiresAt: at }),
    uploadComplete: () => ({ upload: "upl_0000000000000001", digest: `sha256:${"0".repeat(64)}` }),
    checkCreate: () => ({
      id: "chk_0000000000000001",
      dataCenter: null,
      tenant: first.id,
      source: { kind: "push" },
      createdAt: at,
      endedAt: at,
      generation: 2,
      state: "ready",
      findings: [],
      proposal: null,
    }),
    componentCreate: ({ body }) => {
      made.push(body.name);
      return componentRecord({ name: body.name, status: "empty", release: null });
    },
  });
  const [serve] = server.server.listeners("request") as ((...args: unknown[]) => void)[];
  server.server.removeAllListeners("request").on("request", (request, response) => {
    if (request.method !== "PUT") return serve?.(request, response);
    request.resume().on("end", () => response.writeHead(200).end());
  });
  const names = { application: "shop", component: "front" };
  await mkdir(join(cli.folder, "site"));
  await writeFile(join(cli.folder, "site", "index.html"), "hello");
  await writeFile(join(cli.folder, "site", "pluvia.json"), JSON.stringify(names));
  const ran = await cli.run(["create", "site", "--no-deploy"]);
  expect([ran.code, made]).toEqual([0, ["front"]]);
  expect(ran.stdout).toContain("shop/front is created.");
  expect(JSON.parse(await readFile(join(cli.folder, "site", "pluvia.json"), "utf8"))).toEqual(names);
});

test("a secret that gets a new value stays one", async () => {
  const set: unknown[] = [];
  const items = [{ name: "TOKEN", kind: "secret" as const, value: null, updatedAt: at }];
  await start({
    variableList: () => ({ items, generation: 1 }),
    variableUpdate: ({ body }) => {
      set.push(body.set);
      return { items, generation: 2 };
    },
  });
  expect((await cli.run(["env", "set", "TOKEN=new", "MODE=fast", "--stage", ...web])).code).toBe(0);
  expect(set).toEqual([{ TOKEN: { kind: "secret", value: "new" }, MODE: { kind: "plain", value: "fast" } }]);
});

describe("deploy --token", () => {
  const git = componentRecord({ source: { kind: "git", url: "https://git.example.com/shop.git" } });
  const kept: unknown[] = [];
  const answers: Answers = {
    componentList: () => ({ items: [git] }),
    componentUpdate: ({ body }) => {
      kept.push(body.credential);
      return git;
    },
    componentDeploy: () => ({ operation: operationRecord(), component: git }),
  };
  test("is kept for the component's repository before it is built", async () => {
    await start(answers);
    kept.length = 0;
    expect((await cli.run(["deploy", ...web, "--token", "fresh"])).code).toBe(0);
    expect([kept, asked().slice(-2)]).toEqual([
      [{ kind: "token", username: "git", token: "fresh" }],
      ["componentUpdate", "componentDeploy"],
    ]);
  });
  test("for another host's repository is refused", async () => {
    await start(answers);
    const ran = await cli.run(["deploy", ...web, "--token", "fresh", "--git", "https://other.example.com/shop.git"]);
    expect([ran.code, asked()]).toEqual([2, ["applicationList", "componentList"]]);
    expect(ran.stderr).toContain("https://git.example.com");
  });
});

test("a group without a command shows its help, and says so in JSON", async () => {
  await start();
  const ran = await cli.run(["password", "--json"]);
  const grouped = await cli.run(["--json", "password"]);
  expect([ran.code, grouped.code]).toEqual([2, 2]);
  expect(JSON.parse(grouped.stdout)).toMatchObject({ error: { code: "usage", message: "A command is missing." } });
});
