import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startContractServer } from "../../../test/support/contract-server.ts";
import { applicationRecord, componentRecord, operationRecord } from "../../../test/support/records.ts";
import { Fault, notFound } from "../../../shared/base/fault.ts";
import { gitEnvironment } from "../../../shared/adapters/local/git.ts";
import { localRepositories } from "../../../shared/adapters/local/repositories.ts";
import type { Source } from "../../../shared/contract/source.ts";
import { gitHost } from "./git-host.ts";

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}
const identity = {
  GIT_AUTHOR_NAME: "Ada",
  GIT_AUTHOR_EMAIL: "ada@example.com",
  GIT_COMMITTER_NAME: "Ada",
  GIT_COMMITTER_EMAIL: "ada@example.com",
};
const run = (args: string[], cwd: string): Promise<Ran> =>
  new Promise((resolve) => {
    execFile("git", args, { cwd, env: gitEnvironment(identity) }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
  });

const goodKey = "pluvia_developer_secret";
const viewerKey = "pluvia_viewer_secret";
let root: string;
let api: Awaited<ReturnType<typeof startContractServer>>;
let server: Server;
let base: string;
let deployed: Source[];
let source: Source;
let refuseDeploy: boolean;

const keyOf = (authorization: string | undefined): string => (authorization ?? "").replace("Bearer ", "");
const known = (authorization: string | undefined): void => {
  if (![goodKey, viewerKey].includes(keyOf(authorization)))
    throw new Fault("unauthenticated", "This key is not known.", { next: "Make another." });
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "pluvia-git-"));
  deployed = [];
  source = { kind: "push" };
  refuseDeploy = false;
  api = await startContractServer({
    applicationList: ({ headers }) => {
      known(headers.authorization);
      return { items: [applicationRecord()] };
    },
    componentList: () => ({ items: [componentRecord({ source })] }),
    operationCancel: ({ headers, params }) => {
      if (keyOf(headers.authorization) === viewerKey)
        throw new Fault("forbidden", "A viewer may not do this.", { next: "Ask an owner." });
      throw notFound("operation", params.operation);
    },
    componentDeploy: ({ body }) => {
      if (refuseDeploy) throw new Fault("exhausted", "The team's quota is used up.", { next: "Remove something." });
      if (body.source) deployed.push(body.source);
      return {
        operation: operationRecord({
          build: "bld_0000000000000001",
          steps: [{ name: "build", state: "running", startedAt: null, endedAt: null, message: null }],
        }),
        component: componentRecord(),
      };
    },
    operationView: () => operationRecord({ build: "bld_0000000000000001", state: "succeeded" }),
    buildLogView: ({ query }) => ({
      lines:
        query.after === 0
          ? [
              {
                sequence: 1,
                at: "2026-11-21T12:00:00.000Z",
                stream: "out" as const,
                instance: null,
                text: "installing \u001b[31mthings",
              },
            ]
          : [],
      ended: true,
    }),
    componentView: () => componentRecord(),
  });
  const demos = join(root, "demos");
  await mkdir(join(demos, "node"), { recursive: true });
  await writeFile(join(demos, "node", "index.js"), "console.log(1)\n");
  const host = gitHost({
    repositories: localRepositories(join(root, "repositories"), "http://localhost"),
    apiUrl: () => api.url,
    demos: { source: demos, target: join(root, "repositories", "demos") },
  });
  await host.start();
  server = createServer((request, response) => void host.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `127.0.0.1:${(server.address() as AddressInfo).port}/git`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await api.stop();
  await rm(root, { recursive: true, force: true });
});

const remote = (path: string, key?: string): string => `http://${key ? `git:${key}@` : ""}${base}/${path}`;

async function commitIn(name: string, text = "hello\n"): Promise<{ folder: string; commit: string }> {
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  await run(["init", "-q", "-b", "main"], folder);
  await writeFile(join(folder, "index.html"), text);
  await run(["add", "."], folder);
  await run(["commit", "-q", "-m", "first"], folder);
  return { folder, commit: (await run(["rev-parse", "HEAD"], folder)).stdout.trim() };
}

test("C1: a push is kept and deployed, and the pusher sees how it goes, with nothing that steers the terminal", async () => {
  const { folder, commit } = await commitIn("work");
  const pushed = await run(["push", remote("shop/web.git", goodKey), "main"], folder);
  expect(pushed.stderr).toContain("remote: Deploying");
  expect(pushed.stderr).toContain("op_0000000000000001");
  expect(pushed.stderr).toContain("installing things");
  expect(pushed.stderr).toContain("http://web-shop.localhost:7071");
  expect(pushed.stderr).not.toContain("\u001b[31m");
  expect(pushed.code).toBe(0);
  expect(deployed).toEqual([{ kind: "push", commit }]);
  const cloned = await run(["clone", "-q", remote("shop/web.git", goodKey), join(root, "clone")], root);
  expect(cloned.code).toBe(0);
  expect(await readFile(join(root, "clone", "index.html"), "utf8")).toBe("hello\n");
});

test("a push of another branch is kept but deploys nothing; a forced one deploys what it is now", async () => {
  const { folder } = await commitIn("work");
  const other = await run(["push", remote("shop/web.git", goodKey), "main:feature"], folder);
  expect([other.code, deployed]).toEqual([0, []]);
  expect(other.stderr).toContain("Only main and master are deployed");
  const gone = await run(["push", remote("shop/web.git", goodKey), ":feature"], folder);
  expect([gone.code, gone.stderr.includes("Kept")]).toEqual([0, false]);
  await run(["push", remote("shop/web.git", goodKey), "main"], folder);
  await run(["commit", "-q", "--amend", "-m", "again"], folder);
  const forced = await run(["push", "--force", remote("shop/web.git", goodKey), "main"], folder);
  expect(forced.code).toBe(0);
  expect(deployed.at(-1)).toMatchObject({ commit: (await run(["rev-parse", "HEAD"], folder)).stdout.trim() });
});

test("the push succeeds even when the deploy is refused, and the pusher is told why", async () => {
  refuseDeploy = true;
  const { folder } = await commitIn("work");
  const pushed = await run(["push", remote("shop/web.git", goodKey), "main"], folder);
  expect(pushed.code).toBe(0);
  expect(pushed.stderr).toContain("quota is used up");
  expect(pushed.stderr).toContain("Remove something.");
});

test("who may not operate the component can read its repository but not push to it", async () => {
  const { folder } = await commitIn("work");
  await run(["push", remote("shop/web.git", goodKey), "main"], folder);
  const pushed = await run(["push", remote("shop/web.git", viewerKey), "main:other"], folder);
  expect(pushed.code).not.toBe(0);
  expect((await run(["ls-remote", remote("shop/web.git", goodKey)], root)).stdout).not.toContain("other");
  expect((await run(["ls-remote", remote("shop/web.git", viewerKey)], root)).stdout).toContain("refs/heads/main");
});

test("E1: without a credential, with a wrong one, or for a component that the caller cannot see, there is nothing", async () => {
  for (const url of [
    remote("shop/web.git"),
    remote("shop/web.git", "pluvia_wrong_key"),
    remote("shop/other.git", goodKey),
    remote("other/web.git", goodKey),
  ])
    expect((await run(["ls-remote", url], root)).code).not.toBe(0);
  const answer = await fetch(`http://${base}/shop/web.git/info/refs?service=git-upload-pack`);
  expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="Pluvia", charset="UTF-8"']);
});

test("a component that is built from elsewhere takes no pushes", async () => {
  source = { kind: "git", url: "https://example.com/x.git" };
  const { folder } = await commitIn("work");
  const pushed = await run(["push", remote("shop/web.git", goodKey), "main"], folder);
  expect(pushed.code).not.toBe(0);
  expect(deployed).toEqual([]);
});

test("a demo can be cloned by anyone, is the same commit each time it is made, and takes no pushes", async () => {
  const head = async (): Promise<string> => (await run(["ls-remote", remote("demos/node.git"), "main"], root)).stdout;
  const before = await head();
  expect(before).toMatch(/^[0-9a-f]{40}\trefs\/heads\/main/);
  const again = gitHost({
    repositories: localRepositories(join(root, "repositories"), "http://localhost"),
    apiUrl: () => api.url,
    demos: { source: join(root, "demos"), target: join(root, "repositories", "demos") },
  });
  await again.start();
  expect(await head()).toBe(before);
  expect((await run(["clone", "-q", remote("demos/node.git"), join(root, "demo")], root)).code).toBe(0);
  expect((await run(["push", remote("demos/node.git"), "main:evil"], join(root, "demo"))).code).not.toBe(0);
  const unknown = await fetch(`http://${base}/demos/nothing.git/info/refs?service=git-upload-pack`);
  expect([unknown.status, await unknown.text()]).toEqual([404, "There is no demo nothing. There are: node.\n"]);
});

test("addresses that are no repository's, and paths that climb, are not found", async () => {
  const statuses = await Promise.all(
    [
      "/git/",
      "/git/../../etc/passwd",
      "/git/shop/web.git/config",
      "/git/shop/web.git/objects/info/packs",
      "/git/shop/..%2f..%2fetc.git/info/refs?service=git-upload-pack",
      "/git/shop/web.git/info/refs",
    ].map(async (path) => (await fetch(`http://${base.replace("/git", "")}${path}`)).status),
  );
  expect(new Set(statuses)).toEqual(new Set([404]));
});

test("hostile bytes in place of a push are refused and the repository stays as it was", async () => {
  const { folder } = await commitIn("work");
  await run(["push", remote("shop/web.git", goodKey), "main"], folder);
  const authorization = `Basic ${Buffer.from(`git:${goodKey}`).toString("base64")}`;
  for (const body of ["", "zzzz", "0000", `ffff${"x".repeat(100)}`]) {
    const answer = await fetch(`http://${base}/shop/web.git/git-receive-pack`, {
      method: "POST",
      body,
      headers: { authorization, "content-type": "application/x-git-receive-pack-request" },
    });
    await answer.arrayBuffer();
  }
  expect((await run(["ls-remote", remote("shop/web.git", goodKey)], root)).stdout).toMatch(
    /^[0-9a-f]{40}\tHEAD\n[0-9a-f]{40}\trefs\/heads\/main\n$/,
  );
});

test("a request that is not compressed as it says ends its own connection, and not the platform", async () => {
  const headers = { "content-encoding": "gzip" };
  const answer = fetch(`http://${base}/demos/node.git/git-upload-pack`, { method: "POST", headers, body: "no gzip" });
  await expect(answer.then((begun) => begun.text())).rejects.toThrow();
  expect((await run(["clone", "-q", remote("demos/node.git"), join(root, "clone")], root)).code).toBe(0);
});
