import { jest } from "@jest/globals";
import { once } from "node:events";
import { existsSync, readdirSync, symlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { resolveAllowed } from "../../edge-agents/builder/resolve.ts";
import { type BuilderWorld, newComponent, startBuilderWorld } from "../support/builder-world.ts";
import { commit, git, startGitServer, writeFiles } from "../support/git-server.ts";
import { slugFiles as filesOf, slugOf } from "../support/slug.ts";
import { tarOf, zipOf } from "./archive-maker.ts";

jest.setTimeout(120_000);
let world: BuilderWorld;
beforeAll(async () => {
  world = await startBuilderWorld();
});
afterAll(() => world.close());

const site = { "index.html": "<h1>Hello</h1>" };
const server = {
  "package.json": JSON.stringify({ name: "a", scripts: { start: "node server.js" } }),
  "server.js": "require('http').createServer((q, s) => s.end('hi')).listen(process.env.PORT || 4000);",
};

const slugFiles = (digest: string) => filesOf(world.platform.blobs, digest);

describe("C1: sources", () => {
  test("a Node application becomes a slug with its files, command and commit", async () => {
    const { url } = world.repository(server);
    const outcome = await world.build({ kind: "git", url });
    const { digest, command } = slugOf(outcome);
    expect(command).toBe("node server.js");
    expect(await slugFiles(digest)).toMatchObject({ "app/server.js": server["server.js"] });
    expect(outcome.proposal).toMatchObject({
      language: "node",
      ports: [{ port: 4000, protocol: "http" }],
      commit: { author: "Ada", message: "First" },
    });
    expect(outcome.steps.map((step) => [step.name, step.state])).toEqual([
      ["source", "succeeded"],
      ["detect", "succeeded"],
      ["install", "skipped"],
      ["build", "skipped"],
      ["pack", "succeeded"],
      ["publish", "succeeded"],
    ]);
    expect(outcome).toMatchObject({ exitCode: 0, errors: "" });
    expect(outcome.log).toMatch(/Tools: node \d+\.\d+\.\d+\./);
  });

  test("a static site becomes a slug with the platform's server beside it", async () => {
    const { url } = world.repository(site);
    const { digest, command } = slugOf(await world.build({ kind: "git", url }));
    expect(command).toBe("node ../runtime/static-server.mjs");
    expect(Object.keys(await slugFiles(digest))).toEqual(["app/index.html", "runtime/static-server.mjs"]);
  });

  test("branch, tag, annotated tag, commit, short commit and folder are found", async () => {
    const { url, folder } = world.repository(site);
    const first = git(folder, "rev-parse", "HEAD");
    git(folder, "tag", "v1");
    git(folder, "tag", "-a", "v1a", "-m", "annotated");
    writeFiles(folder, { "index.html": "two", "sub/dir/index.html": "three" });
    const second = commit(folder, "Second");
    git(folder, "branch", "feature/x", first);
    const built = async (ref?: string, directory?: string) => {
      const outcome = await world.build({
        kind: "git",
        url,
        ...(ref === undefined ? {} : { ref }),
        ...(directory === undefined ? {} : { directory }),
      });
      return [outcome.proposal?.commit?.id, (await slugFiles(slugOf(outcome).digest))["app/index.html"]];
    };
    const refs = ["v1", "v1a", "feature/x", first, first.slice(0, 9), "refs/tags/v1"];
    const [newest, below, ...others] = await Promise.all([built(), built("main", "sub/dir"), ...refs.map((ref) => built(ref))]);
    expect(newest).toEqual([second, "two"]);
    expect(below).toEqual([second, "three"]);
    expect(others).toEqual(refs.map(() => [first, site["index.html"]]));
  });

  test("a second build of a component takes the changed files and nothing else", async () => {
    const { url, folder } = world.repository({ ...site, "old.txt": "old" });
    const component = newComponent();
    await world.build({ kind: "git", url }, { component });
    writeFiles(folder, { "index.html": "changed" });
    git(folder, "rm", "-q", "old.txt");
    commit(folder, "Second");
    const files = await slugFiles(slugOf(await world.build({ kind: "git", url }, { component })).digest);
    expect(files["app/index.html"]).toBe("changed");
    expect(Object.keys(files)).not.toContain("app/old.txt");
  });

  test("history that was rewritten is followed", async () => {
    const { url, folder } = world.repository(site);
    const component = newComponent();
    await world.build({ kind: "git", url }, { component });
    writeFiles(folder, { "index.html": "rewritten" });
    git(folder, "add", ".");
    git(folder, "commit", "--amend", "-q", "-m", "Amended");
    expect((await slugFiles(slugOf(await world.build({ kind: "git", url }, { component })).digest))["app/index.html"]).toBe(
      "rewritten",
    );
  });

  test("a pushed repository is read from the platform's own disk", async () => {
    const { folder } = world.repository(site);
    const sourceUrl = pathToFileURL(folder).href;
    slugOf(await world.build({ kind: "push" }, { sourceUrl }));
    slugOf(await world.build({ kind: "push", commit: git(folder, "rev-parse", "HEAD") }, { sourceUrl }));
    expect((await world.build({ kind: "push" })).result).toMatchObject({ state: "failed", code: "repository.empty" });
  });

  test("uploads are unpacked, also when everything is in one folder", async () => {
    const uploads = createServer((request, response) =>
      response.end(
        request.url === "/zip"
          ? zipOf({ name: "top/index.html", content: "zipped" })
          : tarOf({ name: "index.html", content: "tarred" }),
      ),
    ).listen(0, "127.0.0.1");
    await once(uploads, "listening");
    const base = `http://127.0.0.1:${(uploads.address() as AddressInfo).port}`;
    const upload = { kind: "upload", upload: "upl_0000000000000001" } as Parameters<BuilderWorld["build"]>[0];
    const contents = ["zip", "tar"].map(async (name) =>
      slugFiles(slugOf(await world.build(upload, { sourceUrl: `${base}/${name}` })).digest),
    );
    expect(await Promise.all(contents)).toMatchObject([{ "app/index.html": "zipped" }, { "app/index.html": "tarred" }]);
    uploads.close();
  });

  test("a check looks, proposes and leaves nothing behind", async () => {
    const { url } = world.repository({
      ...server,
      Procfile: "web: node server.js --fast\nworker: node worker.js",
      ".env.example": "# Where to\nTARGET=\nLEVEL=info",
    });
    const outcome = await world.build({ kind: "git", url }, { mode: "check", component: null });
    expect(outcome.result).toEqual({ state: "succeeded" });
    expect(outcome.proposal).toMatchObject({
      command: "node server.js --fast",
      processes: { web: "node server.js --fast", worker: "node worker.js" },
      variables: [
        { name: "TARGET", value: "", required: true, description: "Where to" },
        { name: "LEVEL", value: "info", required: false },
      ],
      branches: ["main"],
    });
    expect(existsSync(join(world.cache, "once")) ? readdirSync(join(world.cache, "once")) : []).toEqual([]);
  });

  test("a token opens a private repository and is in no line of the log", async () => {
    const guarded = await startGitServer(join(world.folder, "repositories"), { password: "secret-token-12345" });
    const { url } = world.repository(site);
    const source = { kind: "git", url: url.replace(world.git.url, guarded.url) } as const;
    const opening = (token: string) => world.build(source, { credential: { kind: "token", username: "git", token } });
    const [opened, wrong, none] = await Promise.all([
      opening("secret-token-12345"),
      opening("another-token"),
      world.build(source),
    ]);
    slugOf(opened);
    expect(JSON.stringify(opened.reports)).not.toContain("secret-token");
    expect(none.result).toMatchObject({ state: "failed", code: "repository.private" });
    expect(wrong.result).toMatchObject({ state: "failed", code: "repository.private" });
    await guarded.close();
  });
});

describe("Bad input: sources that cannot be built say what to do", () => {
  const failing = async (source: Parameters<BuilderWorld["build"]>[0], given: Parameters<BuilderWorld["build"]>[1] = {}) => {
    const outcome = await world.build(source, given);
    expect(outcome).toMatchObject({
      exitCode: 0,
      errors: "",
      result: { state: "failed", message: expect.stringMatching(/\S/), next: expect.stringMatching(/[.?]$/) },
    });
    return outcome.result as { code: string; message: string; next: string };
  };

  test("an unreachable host", async () => {
    const urls = ["http://127.0.0.1:1/a.git", "https://no-such-host.invalid/a.git"];
    for (const failed of await Promise.all(urls.map((url) => failing({ kind: "git", url }))))
      expect(failed).toMatchObject({ code: "repository.unreachable" });
  });
  test("no repository at the address", async () =>
    expect(await failing({ kind: "git", url: `${world.git.url}/none` })).toMatchObject({ code: "repository.not-found" }));
  // Every way to write such an address is in address.test.ts.
  test("a private network", async () => {
    const { url } = world.repository(site);
    expect(await failing({ kind: "git", url }, { privateHostsAllowed: [] })).toMatchObject({
      code: "repository.private-address",
    });
    for (const host of ["localhost", "169.254.169.254", "10.0.0.1"])
      await expect(resolveAllowed(host, [])).rejects.toMatchObject({ code: "repository.private-address" });
  });
  test("a redirect is not followed, so it cannot lead into a private network", async () => {
    let reached = 0;
    const inside = createServer((_, response) => {
      reached += 1;
      response.end();
    }).listen(0, "127.0.0.1");
    await once(inside, "listening");
    const outside = createServer((request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${(inside.address() as AddressInfo).port}${request.url}` }).end(),
    ).listen(0, "127.0.0.1");
    await once(outside, "listening");
    const failed = await failing({ kind: "git", url: `http://127.0.0.1:${(outside.address() as AddressInfo).port}/a.git` });
    expect(failed.code).toMatch(/^repository\.(moved|unreachable|not-found)$/);
    expect(reached).toBe(0);
    inside.close();
    outside.close();
  });
  test("addresses that are none", async () => {
    // More of them are in git-url.test.ts.
    for (const failed of await Promise.all(["ext::sh -c id", "/etc"].map((url) => failing({ kind: "git", url }))))
      expect(failed).toMatchObject({ code: "repository.url" });
  });
  test("a missing branch names the nearest ones", async () => {
    const { url, folder } = world.repository(site);
    git(folder, "branch", "develop");
    const [misspelt, unknown, short] = await Promise.all(
      ["devlop", "0123456789012345678901234567890123456789", "0123456"].map((ref) => failing({ kind: "git", url, ref })),
    );
    expect(misspelt).toMatchObject({ code: "ref.missing", next: expect.stringContaining("develop") });
    expect(unknown).toMatchObject({ code: expect.stringMatching(/^(ref|repository)\./) });
    expect(short).toMatchObject({ code: "ref.missing" });
  });
  test("an empty repository", async () => {
    const { folder, url } = world.repository({});
    git(folder, "update-ref", "-d", "HEAD");
    expect(await failing({ kind: "git", url })).toMatchObject({ code: "repository.empty" });
  });
  test("a repository with a README alone", async () => {
    const { url } = world.repository({ "README.md": "# Soon" });
    expect(await failing({ kind: "git", url })).toMatchObject({ code: "repository.empty" });
  });
  test("no language says what was looked for and where it may be", async () => {
    const { url } = world.repository({ "notes.txt": "x", "web/package.json": "{}" });
    expect(await failing({ kind: "git", url })).toMatchObject({
      code: "language.none",
      message: expect.stringContaining("package.json"),
      next: expect.stringContaining("web"),
    });
  });
  test("a folder that is not there", async () => {
    const { url } = world.repository(site);
    expect(await failing({ kind: "git", url, directory: "none" })).toMatchObject({ code: "directory.missing" });
  });
  test("a manifest that is not JSON names the line", async () => {
    const { url } = world.repository({ "package.json": '{\n  "name": "a",\n  oops\n}' });
    const outcome = await world.build({ kind: "git", url });
    expect(outcome.result).toMatchObject({ code: "package.invalid" });
    expect(outcome.findings).toContainEqual(expect.objectContaining({ level: "blocks", at: "package.json:3" }));
  });
  test("a source larger than allowed, packed or unpacked", async () => {
    const { url } = world.repository({ ...site, "zeros.bin": Buffer.alloc(3_000_000) });
    const limits = { seconds: 60, logBytes: 1_000_000, sourceBytes: 1_000_000, slugBytes: 10_000_000 };
    expect(await failing({ kind: "git", url }, { limits })).toMatchObject({ code: "repository.too-large" });
  });
  test("a slug larger than allowed", async () => {
    const { url } = world.repository({
      ...site,
      "noise.bin": Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 2_654_435_761) >>> 11)),
    });
    const limits = { seconds: 60, logBytes: 1_000_000, sourceBytes: 10_000_000, slugBytes: 20_000 };
    expect(await failing({ kind: "git", url }, { limits })).toMatchObject({ code: "slug.too-large" });
  });
  test("links out of the source", async () => {
    const { url, folder } = world.repository(site);
    symlinkSync("/etc/passwd", join(folder, "secrets.html"));
    commit(folder, "Link");
    expect(await failing({ kind: "git", url })).toMatchObject({
      code: "source.link",
      message: expect.stringContaining("secrets.html"),
    });
  });
  test("a manifest that is a link is not read", async () => {
    const { url, folder } = world.repository({ "real.json": server["package.json"] });
    symlinkSync("real.json", join(folder, "package.json"));
    commit(folder, "Link");
    expect(await failing({ kind: "git", url })).toMatchObject({ code: "language.none" });
  });
  test("names with control characters", async () => {
    const { url } = world.repository({ ...site, "a\u001b[31mb.txt": "x" });
    expect(await failing({ kind: "git", url })).toMatchObject({ code: "source.name" });
  });
  test("hooks, filters and settings of a repository do nothing", async () => {
    const { url, folder } = world.repository({
      ...site,
      ".gitattributes": "*.html filter=evil\n*.txt merge=evil diff=evil",
      ".gitmodules": '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch /tmp/evil"',
    });
    git(folder, "config", "core.hooksPath", ".hooks");
    const outcome = await world.build({ kind: "git", url });
    slugOf(outcome);
    expect(outcome.findings).toContainEqual(expect.objectContaining({ code: "repository.submodules" }));
  });
});
