import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import type { ComponentCreate } from "../../shared/contract/component.ts";
import type { Source } from "../../shared/contract/source.ts";
import { Fault } from "../../shared/base/fault.ts";
import { startContractServer } from "../support/contract-server.ts";
import { applicationRecord, componentRecord, operationRecord } from "../support/records.ts";
import { type Cli, newCli, type Ran } from "./run.ts";

const at = "2026-11-21T12:00:00.000Z";
const user = { id: "usr_0000000000000001", email: "ada@example.com", name: "Ada", createdAt: at } as const;
const team = { id: "tnt_0000000000000001", name: "Ada's team", role: "owner" } as const;
const session = { user, teams: [team], csrf: "x", expiresAt: "2027-01-01T00:00:00.000Z", token: "pluvia_session_token" };
const proposal = {
  name: "web",
  language: "node" as const,
  alternatives: ["node" as const],
  summary: "Node 24 with npm",
  command: "npm start",
  ports: [{ port: 8080, protocol: "http" as const }],
  variables: [{ name: "GREETING", value: "hello", required: false }],
  processes: {},
  commit: null,
  branches: ["main"],
  steps: [],
};
const checkRecord = {
  id: "chk_0000000000000001" as const,
  dataCenter: null,
  tenant: team.id,
  source: { kind: "git" as const, url: "https://example.com/x.git" },
  createdAt: at,
  endedAt: at,
  generation: 2,
};
const step = (state: "running" | "succeeded" | "failed") => ({
  name: "build",
  state,
  startedAt: at,
  endedAt: state === "running" ? null : at,
  message: null,
});

type Answers = Parameters<typeof startContractServer>[0];
let server: Awaited<ReturnType<typeof startContractServer>>;
let cli: Cli;
const running: Answers = {
  applicationList: () => ({ items: [applicationRecord()] }),
  componentList: () => ({ items: [componentRecord()] }),
  componentView: () => componentRecord(),
  operationView: () => operationRecord({ state: "succeeded", generation: 2, steps: [step("succeeded")] }),
};
const start = async (answers: Answers, key?: string): Promise<void> => {
  server = await startContractServer({ ...running, ...answers });
  cli = await newCli(server.url, key);
};
afterEach(() => Promise.all([server.stop(), cli.remove()]));

const asked = (): string[] => server.seen.map((s) => s.operation);
/** Standard output is one JSON document and nothing else. */
const json = (ran: Ran): unknown => JSON.parse(ran.stdout);
const web = ["--app", "shop", "--name", "web"];

test("signing up keeps the session where only its owner can read it; later commands use it; signing out forgets it", async () => {
  await start(
    {
      userCreate: ({ body }) => ({ ...session, user: { ...user, email: body.email } }),
      sessionView: () => session,
      sessionRemove: () => undefined,
    },
    "",
  );
  const up = await cli.run(["signup", "--email", "ada@example.com", "--json"], { PLUVIA_PASSWORD: "correct horse battery" });
  expect(up.code).toBe(0);
  expect(json(up)).toMatchObject({ user: { email: "ada@example.com" }, team: team.id });
  expect(up.stdout).not.toContain("pluvia_session_token");
  expect((await stat(cli.config)).mode & 0o777).toBe(0o600);
  expect(json(await cli.run(["whoami", "--json"]))).toMatchObject({ user: { email: "ada@example.com" }, team: team.id });
  expect(server.seen.at(-1)?.headers).toMatchObject({ authorization: "Bearer pluvia_session_token", "pluvia-team": team.id });
  expect((await cli.run(["logout"])).code).toBe(0);
  expect(await readFile(cli.config, "utf8")).not.toContain("pluvia_session_token");
  expect((await cli.run(["whoami"])).code).toBe(3);
});

test("a forgotten password: the mail is asked for, and its token sets a new one, without being signed in", async () => {
  const sent: unknown[] = [];
  const keep = ({ body }: { body: unknown }) => void sent.push(body);
  await start({ passwordResetCreate: keep, passwordResetComplete: keep }, "");
  expect(json(await cli.run(["password", "forgot", "--email", "ada@example.com", "--json"]))).toMatchObject({ asked: true });
  const env = { PLUVIA_PASSWORD: "a new long password" };
  expect((await cli.run(["password", "reset", "pluvia_reset_token"], env)).code).toBe(0);
  expect(sent).toEqual([{ email: "ada@example.com" }, { token: "pluvia_reset_token", password: "a new long password" }]);
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  expect((await cli.run(["password", "change", "--current", "old one"], env)).code).toBe(3);
});

test("an API key wins over a session and names no team", async () => {
  await start({ tenantView: () => ({ id: team.id, name: team.name, createdAt: at, generation: 1 }) }, "pluvia_key_mine");
  expect((await cli.run(["whoami"])).code).toBe(0);
  expect(server.seen[0]?.headers).toMatchObject({ authorization: "Bearer pluvia_key_mine" });
  expect(server.seen[0]?.headers["pluvia-team"]).toBeUndefined();
});

test("ps answers rows with id, name, status, url and release", async () => {
  await start({});
  const ran = await cli.run(["ps", "--json"]);
  expect(json(ran)).toEqual([
    expect.objectContaining({
      id: "cmp_0000000000000001",
      name: "web",
      application: "shop",
      status: "running",
      url: "http://web-shop.localhost:7071",
      release: 3,
    }),
  ]);
  const table = await cli.run(["ps"]);
  expect(table.stdout).toContain("shop/web   running");
});

describe("exit codes", () => {
  test("2: an option that there is not, with the one that was meant", async () => {
    await start({});
    const ran = await cli.run(["ps", "--jsn"]);
    expect([ran.code, ran.stdout]).toEqual([2, ""]);
    expect(ran.stderr).toContain("--json");
    const asJson = await cli.run(["ps", "--json", "--nme", "x"]);
    expect(asJson.code).toBe(2);
    expect(json(asJson)).toMatchObject({ error: { code: "usage" } });
  });
  test("3: nobody is signed in", async () => {
    await start({}, "");
    const ran = await cli.run(["ps"]);
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain("pluvia login");
  });
  test("4: what is named is not there; what is, is listed", async () => {
    await start({});
    const ran = await cli.run(["logs", "--app", "shop", "--name", "db"]);
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain("There are: web.");
  });
  test("5: no platform answers", async () => {
    await start({});
    await server.stop();
    const ran = await cli.run(["ps", "--json"]);
    expect(ran.code).toBe(5);
    expect(json(ran)).toMatchObject({ error: { code: "unavailable", next: expect.stringContaining("address") } });
  });
  test("1: the platform refuses, with the cause, what to do and the request id", async () => {
    await start({
      componentStart: () => {
        throw new Fault("conflict", "It runs already.", { next: "Restart it instead." });
      },
    });
    const ran = await cli.run(["start", ...web]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("It runs already.\nRestart it instead.\n(request req_1)");
  });
});

/** What is sent to the addresses that uploads are given. */
function onPut(take: (bytes: Buffer, headers: IncomingHttpHeaders) => void): void {
  const [serve] = server.server.listeners("request") as ((...args: unknown[]) => void)[];
  server.server.removeAllListeners("request");
  server.server.on("request", async (request, response) => {
    if (request.method !== "PUT") return serve?.(request, response);
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    take(Buffer.concat(parts), request.headers);
    response.writeHead(200).end();
  });
}

describe("create", () => {
  test("P1: checks, makes the application when there is none, creates with what was found, deploys and waits for the address", async () => {
    let made: unknown;
    await start({
      applicationList: () => ({ items: [] }),
      applicationCreate: ({ body }) => applicationRecord({ name: body.name }),
      checkCreate: () => ({ ...checkRecord, state: "running", findings: [], proposal: null }),
      checkView: () => ({
        ...checkRecord,
        state: "ready",
        findings: [{ level: "warning", code: "x", message: "There is no lock file." }],
        proposal,
      }),
      componentCreate: ({ body }) => {
        made = body;
        return componentRecord({ status: "empty", release: null });
      },
      componentDeploy: () => ({
        operation: operationRecord({ steps: [step("running")] }),
        component: componentRecord({ status: "building" }),
      }),
    });
    const ran = await cli.run([
      "create",
      ...web,
      "--git",
      "https://example.com/x.git",
      "--branch",
      "main",
      "--env",
      "MODE=fast=yes",
      "--secret",
      "TOKEN=s3cret",
      "--wait",
      "--json",
    ]);
    expect(ran.stderr).toContain("There is no lock file.");
    expect(ran.stderr).toContain("Node 24 with npm");
    expect(json(ran)).toMatchObject({
      name: "web",
      status: "running",
      url: "http://web-shop.localhost:7071",
      release: 3,
      operation: "op_0000000000000001",
    });
    expect(ran.code).toBe(0);
    expect(made).toMatchObject({
      name: "web",
      source: { kind: "git", url: "https://example.com/x.git", ref: "main" },
      configuration: { ports: [{ port: 8080, protocol: "http", internal: true, external: true }] },
      variables: [
        { name: "MODE", kind: "plain", value: "fast=yes" },
        { name: "TOKEN", kind: "secret", value: "s3cret" },
        { name: "GREETING", kind: "plain", value: "hello" },
      ],
    } satisfies Partial<ReturnType<typeof ComponentCreate.parse>>);
  });

  test("names that are not given are the source's, as in the console, and the folder keeps them", async () => {
    const made: string[] = [];
    await start({
      applicationList: () => ({ items: [] }),
      applicationCreate: ({ body }) => applicationRecord({ name: body.name }),
      uploadCreate: () => ({ upload: "upl_0000000000000001", url: `${server.url}/put`, headers: {}, expiresAt: at }),
      uploadComplete: () => ({ upload: "upl_0000000000000001", digest: `sha256:${"0".repeat(64)}` }),
      checkCreate: () => ({ ...checkRecord, state: "ready", findings: [], proposal }),
      componentCreate: ({ body }) => {
        made.push(body.name);
        return componentRecord({ name: body.name, status: "empty", release: null });
      },
    });
    onPut(() => {});
    const folder = join(cli.folder, "My Shop");
    await mkdir(folder);
    await writeFile(join(folder, "index.js"), "1");
    const ran = await cli.run(["create", "My Shop", "--no-deploy"]);
    expect([ran.code, made]).toEqual([0, ["web"]]);
    expect(ran.stdout).toContain("my-shop/web is created.");
    expect(JSON.parse(await readFile(join(folder, "pluvia.json"), "utf8"))).toEqual({ application: "my-shop", component: "web" });

    const image = await cli.run(["create", "--image", "docker.io/library/redis:7", "--name", "cache", "--no-deploy"]);
    expect(image.stdout).toContain("redis/cache is created.");
    const both = await cli.run(["create", "--image", "docker.io/library/redis:7", "--component", "shop/store", "--no-deploy"]);
    expect(both.stdout).toContain("shop/store is created.");
    const known = await cli.run(["create", "--image", "docker.io/library/redis:7", "--component", "cmp_0000000000000001"]);
    expect([known.code, known.stderr]).toEqual([2, expect.stringContaining("Give --component app/name for a new one.")]);
    expect(made).toEqual(["web", "cache", "store"]);
    expect(await readdir(cli.folder)).toEqual(["My Shop"]);
  });

  test("a source that cannot be built creates nothing and says what to mend", async () => {
    await start({
      checkCreate: () => ({
        ...checkRecord,
        state: "blocked",
        findings: [{ level: "blocks", code: "language.none", message: "No language was found.", advice: "Add a package.json." }],
        proposal: null,
      }),
    });
    const ran = await cli.run(["create", ...web, "--git", "https://example.com/x.git"]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("No language was found.\nAdd a package.json.");
    expect(asked()).toEqual(["checkCreate"]);
  });

  test("a repository to push to needs no check, and its address is told", async () => {
    await start({
      componentCreate: () =>
        componentRecord({ status: "empty", release: null, repositoryUrl: "http://localhost:7070/git/shop/web.git" }),
    });
    const ran = await cli.run(["create", ...web, "--push"]);
    expect(ran.stdout).toContain("git push http://localhost:7070/git/shop/web.git HEAD:main");
  });
});

test("deploying a folder sends its source without what is ignored, and names it in pluvia.json's component", async () => {
  let uploaded: Buffer = Buffer.alloc(0);
  let sentHeader: unknown;
  let announced = { sizeBytes: 0, digest: "" };
  let deployed: Source | undefined;
  await start({
    uploadCreate: ({ body }) => {
      announced = body;
      return { upload: "upl_0000000000000001", url: `${server.url}/put`, headers: { "x-kept": "1" }, expiresAt: at };
    },
    uploadComplete: () => ({ upload: "upl_0000000000000001", digest: announced.digest as `sha256:${string}` }),
    componentDeploy: ({ body }) => {
      deployed = body.source;
      return { operation: operationRecord(), component: componentRecord() };
    },
  });
  onPut((bytes, headers) => {
    uploaded = bytes;
    sentHeader = headers["x-kept"];
  });
  await mkdir(join(cli.folder, "node_modules"));
  for (const [name, text] of Object.entries({
    "index.js": "1",
    "node_modules/x.js": "2",
    ".env": "SECRET=1",
    ".gitignore": ".env\n*.log\n",
    "debug.log": "x",
    ".slugignore": "docs.md\n",
    "docs.md": "long",
    "pluvia.json": '{"application":"shop","component":"web"}',
  }))
    await writeFile(join(cli.folder, name), text);
  const ran = await cli.run(["deploy", ".", "--wait"]);
  expect(ran.code).toBe(0);
  const digest = `sha256:${createHash("sha256").update(uploaded).digest("hex")}`;
  expect([announced, sentHeader]).toMatchObject([{ sizeBytes: uploaded.length, digest }, "1"]);
  expect(deployed).toEqual({ kind: "upload", upload: "upl_0000000000000001" });
  const names: string[] = [];
  const tar = extract();
  tar.end(gunzipSync(uploaded));
  for await (const entry of tar) {
    names.push(entry.header.name);
    entry.resume();
  }
  expect(names).toEqual([".gitignore", ".slugignore", "index.js", "pluvia.json"]);
});

describe("env", () => {
  const items = [
    { name: "MODE", kind: "plain" as const, value: "fast", updatedAt: at },
    { name: "TOKEN", kind: "secret" as const, value: null, updatedAt: at },
  ];
  const variables: Answers = {
    variableList: () => ({ items, generation: 1 }),
    variableUpdate: () => ({ items, generation: 2 }),
    componentConfigure: () => ({ operation: operationRecord({ kind: "configure" }), component: componentRecord() }),
    componentPlan: () => ({
      changes: [{ path: "variables.MODE", before: "slow", after: "fast" }],
      effects: [
        { kind: "restart", component: "cmp_0000000000000001", code: "replace", params: {}, message: "1 instance is replaced." },
      ],
      warnings: [],
    }),
  };
  test("set applies at once; with --stage it waits for the next deploy", async () => {
    await start(variables);
    expect((await cli.run(["env", "set", "MODE=fast", ...web, "--wait"])).code).toBe(0);
    expect(asked()).toContain("componentConfigure");
    server.seen.length = 0;
    expect((await cli.run(["env", "set", "MODE=fast", "--stage", ...web])).code).toBe(0);
    expect(asked()).toEqual(["applicationList", "componentList", "variableList", "variableUpdate"]);
  });
  test("A7: --plan shows the difference and does nothing", async () => {
    await start(variables);
    const ran = await cli.run(["env", "set", "MODE=fast", "--plan", ...web]);
    expect(ran.stdout).toBe("~ variables.MODE: slow → fast\n  restart: 1 instance is replaced.\n");
    expect(asked()).not.toContain("variableUpdate");
  });
  test("a secret's value is not shown", async () => {
    await start(variables);
    expect((await cli.run(["env", ...web])).stdout).toContain("TOKEN  (secret)");
    expect(json(await cli.run(["env", "list", ...web, "--json"]))).toEqual(items);
  });
});

test("an operation that fails ends with 1, the cause, the advice and the lines of the log that matter", async () => {
  const build = {
    id: "bld_0000000000000001" as const,
    tenant: team.id,
    component: "cmp_0000000000000001" as const,
    operation: "op_0000000000000001" as const,
    source: { kind: "push" as const },
    state: "failed" as const,
    commit: null,
    language: "node" as const,
    steps: [],
    findings: [],
    artifact: null,
    cache: null,
    failure: { code: "build.failed", message: "npm ended with 1.", next: "Mend it.", logLine: 2 },
    createdAt: at,
    startedAt: at,
    endedAt: at,
    generation: 3,
  };
  const lines = ["npm install", "npm error 404 \u001b[31mno such package\u001b]0;owned\u0007"].map((text, i) => ({
    sequence: i + 1,
    at,
    stream: "out" as const,
    instance: null,
    text,
  }));
  await start({
    componentDeploy: () => ({ operation: operationRecord(), component: componentRecord() }),
    operationView: () =>
      operationRecord({
        state: "failed",
        generation: 3,
        build: build.id,
        steps: [step("failed")],
        failure: {
          code: "build.failed",
          message: "The build failed: npm ended with 1.",
          next: "Add the package to package.json.",
        },
      }),
    buildView: () => build,
    buildLogView: ({ query }) => ({ lines: lines.filter((l) => l.sequence > query.after), ended: true }),
  });
  const ran = await cli.run(["deploy", ...web, "--wait", "--json"]);
  expect(ran.code).toBe(1);
  expect(json(ran)).toMatchObject({
    error: {
      message: "The build failed: npm ended with 1.",
      next: "Add the package to package.json.",
      operation: "op_0000000000000001",
    },
  });
  expect(ran.stderr).toContain("npm error 404 no such package\n");
  expect(json(ran)).toMatchObject({ error: { reason: "build.failed" } });
  const quiet = await cli.run(["deploy", ...web, "--wait", "--quiet"]);
  expect(quiet.stderr).toContain("npm error 404 no such package\n");
  expect(ran.stderr).not.toContain("\u001b");
});

test("waiting no longer than asked: the operation goes on and the command ends with 5", async () => {
  await start({
    componentRestart: () => ({ operation: operationRecord(), component: componentRecord() }),
    operationView: () => operationRecord(),
  });
  const ran = await cli.run(["restart", ...web, "--wait", "--timeout", "1"]);
  expect(ran.code).toBe(5);
  expect(ran.stderr).toContain("pluvia operations op_0000000000000001");
});

test("without a terminal, what cannot be undone needs --yes", async () => {
  await start({ applicationRemove: () => applicationRecord({ removing: true }) });
  const asking = await cli.run(["apps", "remove", "shop"]);
  expect(asking.code).toBe(2);
  expect(asked()).not.toContain("applicationRemove");
  expect((await cli.run(["apps", "remove", "shop", "--yes"])).code).toBe(0);
  expect(asked()).toContain("applicationRemove");
});

test("any operation of the API can be called by its name", async () => {
  await start({
    componentScale: ({ body }) => ({
      operation: operationRecord(),
      component: componentRecord({ configuration: { ...componentRecord().configuration, replicas: body.replicas } }),
    }),
  });
  const ran = await cli.run(["api", "componentScale", "--component", "cmp_0000000000000001", "--body", '{"replicas":4}']);
  expect(json(ran)).toMatchObject({ component: { configuration: { replicas: 4 } } });
  const typo = await cli.run(["api", "componentScal"]);
  expect([typo.code, typo.stderr.includes("componentScale")]).toEqual([2, true]);
  expect(json(await cli.run(["api", "--json"]))).toContainEqual(
    expect.objectContaining({ operation: "componentScale", parameters: ["component"] }),
  );
});

test("a folder is a component once init has named it", async () => {
  await start({ releaseList: () => ({ items: [] }) });
  expect((await cli.run(["init", "--app", "shop", "--name", "web"])).code).toBe(0);
  expect(json(await cli.run(["releases", "--json"]))).toEqual([]);
  expect(asked()).toContain("releaseList");
});

test("the address comes from --url, else PLUVIA_URL; what is no address is refused", async () => {
  await start({});
  expect((await cli.run(["ps", "--url", server.url], { PLUVIA_URL: "http://127.0.0.1:1" })).code).toBe(0);
  expect((await cli.run(["ps", "--url", "ftp://x"])).code).toBe(2);
});

test("completion scripts are valid for the shells that are here", async () => {
  await start({});
  const { stdout } = await cli.run(["completion", "bash"]);
  await promisify(execFile)("bash", [
    "-c",
    `${stdout}\nCOMP_WORDS=(pluvia env s); COMP_CWORD=2; _pluvia; [ "$COMPREPLY" = set ]`,
  ]);
  expect((await cli.run(["completion", "zsh"])).stdout).toContain("#compdef pluvia");
  expect((await cli.run(["completion", "fish"])).stdout).toContain("complete -c pluvia");
  expect((await cli.run(["completion", "cmd"])).code).toBe(2);
});

test("G1: Ctrl-C while waiting ends the watching, not the operation, and says how to go on", async () => {
  const open = operationRecord({ state: "running", generation: 2, steps: [step("running")] });
  await start({ componentDeploy: () => ({ operation: open, component: componentRecord() }), operationView: () => open });
  const ran = await cli.interrupt(["deploy", ...web, "--wait"], /build/);
  expect(ran.code).toBe(130);
  expect(ran.stderr).toContain(`goes on without you. Look again with: pluvia operations ${open.id}.`);
  expect(ran.stderr).toContain(`pluvia operations cancel ${open.id}`);
});

test("Ctrl-C while a folder is sent leaves nothing of it behind", async () => {
  await start({
    uploadCreate: () => ({ upload: "upl_0000000000000001", url: `${server.url}/put`, headers: {}, expiresAt: at }),
  });
  server.server.removeAllListeners("request");
  server.server.on("request", () => {}); // takes all, and answers nothing
  const temporary = join(cli.folder, "tmp");
  await mkdir(temporary);
  await mkdir(join(cli.folder, "site"));
  await writeFile(join(cli.folder, "site", "index.html"), "hello");
  const ran = await cli.interrupt(["check", "site"], /Sending/, { TMPDIR: temporary });
  const left = (await readdir(temporary)).filter((name) => name.startsWith("pluvia-"));
  expect([ran.code, left]).toEqual([130, []]);
});

test("why the platform cannot be reached is told, on the command line and in JSON", async () => {
  await start({});
  await server.stop();
  const ran = await cli.run(["ps", "--json"]);
  expect(json(ran)).toMatchObject({ error: { message: expect.stringContaining("ECONNREFUSED") } });
});

test("of many operations and builds the newest are shown, and it is said that there are more", async () => {
  await start({
    operationList: () => ({ items: [operationRecord()], next: "p2" }),
    buildList: () => ({ items: [], next: "p2" }),
  });
  expect((await cli.run(["operations"])).stderr).toContain("There are older ones");
  expect((await cli.run(["builds", ...web])).stderr).toContain("There are older ones");
});

test("an address is the same however it is written, and one with more than an address in it is refused", async () => {
  await start({ sessionCreate: () => session, sessionView: () => session }, "");
  await cli.run(["login", "--email", user.email, "--password", "correct horse battery"]);
  expect((await cli.run(["whoami", "--url", `${server.url.replace("http", "HTTP")}/`])).code).toBe(0);
  const more = await cli.run(["whoami", "--url", `${server.url}/?team=x`]);
  expect([more.code, more.stderr]).toEqual([2, expect.stringContaining("is not the address of a platform")]);
});

test("what is resized before its first release is kept for it", async () => {
  const fresh = componentRecord({ status: "empty", release: null });
  await start({ componentList: () => ({ items: [fresh] }), componentUpdate: () => fresh });
  const ran = await cli.run(["resize", ...web, "--memory", "300"]);
  expect([ran.code, asked()]).toEqual([0, ["applicationList", "componentList", "componentUpdate"]]);
  expect(ran.stdout).toContain("takes effect at the first deploy");
});

test("G1: a name with a typo is told what was probably meant, on the command line and in JSON", async () => {
  await start({});
  const ran = await cli.run(["restart", "--app", "shpo", "--name", "web", "--json"]);
  expect(ran.code).toBe(4);
  expect(json(ran)).toMatchObject({ error: { code: "not_found", next: 'Did you mean "shop"? There are: shop.' } });
  const command = await cli.run(["deploi", "--json"]);
  expect(command.code).toBe(2);
  expect(json(command)).toMatchObject({
    error: { code: "usage", message: "unknown command 'deploi'", next: "Did you mean deploy?" },
  });
  const demo = await cli.run(["create", ...web, "--demo", "nodde"]);
  expect(demo.code).toBe(2);
  expect(demo.stderr).toContain('Did you mean "node"?');
});
