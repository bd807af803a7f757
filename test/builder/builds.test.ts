import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { type BuilderWorld, newComponent, startBuilderWorld } from "../support/builder-world.ts";
import { commit, writeFiles } from "../support/git-server.ts";
import { type NpmRegistry, startNpmRegistry } from "../support/npm-registry.ts";
import { slugFiles, slugOf } from "../support/slug.ts";

jest.setTimeout(180_000);
let world: BuilderWorld;
let registry: NpmRegistry;
let environment: Record<string, string>;
beforeAll(async () => {
  [world, registry] = await Promise.all([startBuilderWorld(), startNpmRegistry()]);
  environment = { npm_config_registry: registry.url };
});
afterAll(() => Promise.all([world.close(), registry.close()]));

const hasNpm = spawnSync("npm", ["--version"]).status === 0;
const withNpm = hasNpm ? test : test.skip;
if (!hasNpm) console.warn("npm is not installed: tests of Node builds are skipped");

const project = (fields: object) => ({
  "package.json": JSON.stringify({ name: "a", version: "1.0.0", ...fields }),
  "server.js": "require('http').createServer().listen(process.env.PORT || 3000);",
});
const built = async (files: Readonly<Record<string, string>>, given: Parameters<BuilderWorld["build"]>[1] = {}) =>
  world.build({ kind: "git", url: world.repository(files).url }, given, environment);
const limits = { seconds: 120, logBytes: 1_000_000, sourceBytes: 100_000_000, slugBytes: 100_000_000 };

describe("C7: the dependency cache", () => {
  withNpm("hits when nothing that counts changed, and says exactly why it missed", async () => {
    const dependencies = { alpha: "1.0.0" };
    const files = {
      ...project({ scripts: { start: "node server.js" }, dependencies }),
      "package-lock.json": registry.lock("a", dependencies),
    };
    const { url, folder } = world.repository(files);
    const component = newComponent();
    const build = () => world.build({ kind: "git", url }, { component }, environment);

    const first = await build();
    expect(first.cache).toBe("this is the first build");
    expect(await slugFiles(world.platform.blobs, slugOf(first).digest)).toMatchObject({
      "app/node_modules/alpha/index.js": expect.stringContaining("alpha@1.0.0"),
    });

    const downloads = registry.downloads();
    const second = await build();
    expect(second.cache).toBe("hit");
    expect(second.log).toContain("Dependency cache: hit");
    expect(slugOf(second).digest).toBe(slugOf(first).digest);
    expect(registry.downloads()).toBe(downloads);

    writeFiles(folder, { "server.js": `${files["server.js"]}// changed` });
    commit(folder, "Change");
    const third = await build();
    expect(third.cache).toBe("hit");
    expect(await slugFiles(world.platform.blobs, slugOf(third).digest)).toMatchObject({
      "app/server.js": expect.stringContaining("changed"),
      "app/node_modules/alpha/index.js": expect.stringContaining("alpha@1.0.0"),
    });

    writeFiles(folder, {
      "package.json": JSON.stringify({ name: "a", scripts: { start: "node server.js" }, dependencies: { alpha: "2.0.0" } }),
      "package-lock.json": registry.lock("a", { alpha: "2.0.0" }),
    });
    commit(folder, "Upgrade");
    const fourth = await build();
    expect(fourth.cache).toBe("package-lock.json changed, package.json changed");
    expect(await slugFiles(world.platform.blobs, slugOf(fourth).digest)).toMatchObject({
      "app/node_modules/alpha/index.js": expect.stringContaining("alpha@2.0.0"),
    });
  });

  withNpm("development packages build, and stay out of the slug", async () => {
    const scripts = { build: "node -e \"require('fs').writeFileSync('built.txt', require('tool'))\"", start: "node server.js" };
    const files = {
      ...project({ scripts, dependencies: { alpha: "1.0.0" }, devDependencies: { tool: "3.0.0" } }),
      "package-lock.json": registry.lock("a", { alpha: "1.0.0" }, { tool: "3.0.0" }),
    };
    const { url } = world.repository(files);
    const component = newComponent();
    for (const cache of ["this is the first build", "hit"]) {
      const outcome = await world.build({ kind: "git", url }, { component }, environment);
      expect(outcome.cache).toBe(cache);
      const inside = await slugFiles(world.platform.blobs, slugOf(outcome).digest);
      expect(inside["app/built.txt"]).toBe("tool@3.0.0");
      expect(Object.keys(inside)).toContain("app/node_modules/alpha/index.js");
      expect(Object.keys(inside)).not.toContain("app/node_modules/tool/index.js");
    }
  });

  withNpm("a front end is built and its result alone is served", async () => {
    const scripts = {
      build: "node -e \"require('fs').mkdirSync('dist'); require('fs').writeFileSync('dist/index.html', 'front')\"",
    };
    const files = {
      "package.json": JSON.stringify({ name: "a", scripts, devDependencies: { vite: "7.0.0" } }),
      "package-lock.json": registry.lock("a", {}, { vite: "7.0.0" }),
      "static.json": '{"spa": true}',
    };
    const outcome = await built(files);
    expect(Object.keys(await slugFiles(world.platform.blobs, slugOf(outcome).digest)).sort()).toEqual([
      "app/index.html",
      "app/static.json",
      "runtime/static-server.mjs",
    ]);
    expect(slugOf(outcome).command).toBe("node ../runtime/static-server.mjs");
  });
});

describe("Bad input: builds that do not end well", () => {
  withNpm("one that fails says its exit code, its last lines and the line of the log", async () => {
    const outcome = await built(project({ scripts: { build: "echo first && echo the reason >&2 && exit 7" } }));
    const failure = outcome.result as { code: string; message: string; logLine: number };
    expect(failure).toMatchObject({ state: "failed", code: "build.failed", message: expect.stringContaining("the reason") });
    expect(failure.message).toMatch(/exit code \d+/);
    const line = outcome.reports.flatMap((report) => report.lines ?? []).find((each) => each.sequence === failure.logLine);
    expect(line).toBeDefined();
    expect(outcome.steps.find((step) => step.name === "build")?.state).toBe("failed");
  });

  withNpm("one that hangs is ended with all that it started", async () => {
    const marker = `hang-${process.pid}-${Date.now()}`;
    const outcome = await built(
      project({
        scripts: { build: `node -e "setInterval(() => {}, 1000)" ${marker} & node -e "setInterval(() => {}, 1000)" ${marker}` },
      }),
      { limits: { ...limits, seconds: 5 } },
    );
    expect(outcome.result).toMatchObject({
      state: "failed",
      code: "build.timeout",
      message: expect.stringContaining("5 seconds"),
    });
    if (existsSync("/proc"))
      expect(
        execFileSync("sh", ["-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '"], { encoding: "utf8" }),
      ).not.toContain(`1000) ${marker}`);
  });

  withNpm("one that prints 100 MB is built, and what is left out is counted", async () => {
    const outcome = await built(
      project({
        scripts: {
          build:
            "node -e \"const line = 'x'.repeat(99) + '\\n'; const block = line.repeat(10000); let n = 0; const go = () => { while (n < 100) { n++; if (!process.stdout.write(block)) return process.stdout.once('drain', go); } }; go();\"",
          start: "node server.js",
        },
      }),
      { limits: { ...limits, logBytes: 50_000 } },
    );
    slugOf(outcome);
    expect(outcome.log.length).toBeLessThan(80_000);
    const left = Number(/(\d+) lines \((\d+) KiB\) of output were left out/.exec(outcome.log)?.[1]);
    const kept = outcome.log.split("\n").filter((line) => line.startsWith("xxx")).length;
    expect(left + kept).toBeGreaterThanOrEqual(1_000_000);
    expect(left + kept).toBeLessThan(1_000_010);
  });

  withNpm("one whose output is meant for a terminal is made harmless", async () => {
    const outcome = await built(
      project({
        scripts: { build: "printf '\\033]0;title\\007\\033[2Jclear \\033[31mred\\033[0m \\000nul\\n'", start: "node server.js" },
      }),
    );
    for (const harmful of ["\u001b]", "\u001b[2J", "\u0000", "\u0007"]) expect(outcome.log).not.toContain(harmful);
    expect(outcome.log).toContain("red");
  });

  withNpm("one that makes no output folder says which was expected", async () => {
    const outcome = await built({
      "package.json": JSON.stringify({ name: "a", scripts: { build: "true" }, devDependencies: { vite: "7.0.0" } }),
      "package-lock.json": registry.lock("a", {}, { vite: "7.0.0" }),
    });
    expect(outcome.result).toMatchObject({ code: "build.no-output", message: expect.stringContaining("dist") });
  });

  withNpm("secrets of the platform are not in a build's environment, the component's variables are", async () => {
    const outcome = await world.build(
      { kind: "git", url: world.repository(project({ scripts: { build: "env", start: "node server.js" } })).url },
      { variables: { GREETING: "hello there" } },
      { ...environment, PLUVIA_CANARY: "canary-8271", AWS_SECRET_ACCESS_KEY: "canary-8271" },
    );
    expect(outcome.log).toContain("GREETING=hello there");
    expect(JSON.stringify(outcome.reports)).not.toContain("canary-8271");
    expect(outcome.log).not.toContain("PLUVIA_BUILD");
  });

  test("the platform away for a while loses no line and no result", async () => {
    world.platform.fail(6);
    const outcome = await built({ "index.html": "hello" });
    slugOf(outcome);
    const sequences = outcome.reports.map((report) => report.sequence);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    const lines = outcome.reports.flatMap((report) => report.lines ?? []).map((line) => line.sequence);
    expect(lines).toEqual(lines.map((_, index) => index + 1));
  });

  test("a tool that is not on this machine is a finding", async () => {
    const missing = ["php", "ruby", "gradle"].filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
    const sources: Record<string, Record<string, string>> = {
      php: { "index.php": "<?php" },
      ruby: { Gemfile: "", "config.ru": "" },
      gradle: { "build.gradle": "" },
    };
    for (const tool of missing) {
      const outcome = await built(sources[tool] ?? {});
      expect(outcome.result).toMatchObject({ state: "failed", code: "tool.missing", next: expect.stringContaining("nstall") });
    }
  });
});

describe("G8, C4: the same source gives the same digest", () => {
  const files = { "index.html": "hello", "a.sh": "#!/bin/sh\n", "deep/er/b.txt": "b", "ümlaut.txt": "u", "z.txt": "z" };

  const makes = "require('fs').writeFileSync('who.txt', 'made'); require('fs').chmodSync('who.txt', 0o666);\n";

  /** Built by another builder cache, from a checkout made at another time, under another umask. */
  const digest = async (folder: string, options: { umask?: string; time?: number; reverse?: boolean; user?: number } = {}) => {
    const elsewhere = mkdtempSync(join(tmpdir(), "pluvia-elsewhere-"));
    try {
      const repository = join(elsewhere, "some", "other", "place");
      mkdirSync(repository, { recursive: true });
      for (const name of options.reverse ? readdirSync(folder).reverse() : readdirSync(folder))
        cpSync(join(folder, name), join(repository, name), { recursive: true });
      if (options.time) utimesSync(join(repository, "index.html"), options.time, options.time);
      mkdirSync(join(elsewhere, "cache"));
      if (options.user !== undefined) execFileSync("chown", ["-R", "-h", `${options.user}:${options.user}`, elsewhere]);
      const old = process.umask(Number.parseInt(options.umask ?? "022", 8));
      // The process is started before this returns.
      const building = world.build(
        { kind: "push" },
        { sourceUrl: `file://${repository}` },
        {
          PLUVIA_BUILD_CACHE: join(elsewhere, "cache"),
          PLUVIA_BUILD_HIDDEN: join(elsewhere, "cache"),
          NODE_COMPILE_CACHE: join(elsewhere, "cache", "compiled"),
          ...(options.user === undefined ? {} : { HOME: elsewhere }),
        },
        options.user,
      );
      process.umask(old);
      return slugOf(await building).digest;
    } finally {
      rmSync(elsewhere, { recursive: true, force: true });
    }
  };

  test("under another path, time, umask and file order", async () => {
    const { folder } = world.repository(files);
    chmodSync(join(folder, "a.sh"), 0o755);
    commit(folder, "Executable");
    const digests = await Promise.all([
      digest(folder),
      digest(folder, { umask: "077" }),
      digest(folder, { umask: "002", time: 1, reverse: true }),
    ]);
    expect(new Set(digests).size).toBe(1);
  });

  test("under another user", async () => {
    if (process.getuid?.() !== 0) return console.warn("only root can build as another user: not tried");
    const nobody = 65_534;
    if (spawnSync(process.execPath, ["--version"], { uid: nobody, gid: nobody }).status !== 0)
      return console.warn("another user cannot run this Node: not tried");
    const { folder } = world.repository({
      ...files,
      "package.json": JSON.stringify({ scripts: { build: "node make.js" } }),
      "make.js": makes,
    });
    expect(await digest(folder, { user: nobody })).toBe(await digest(folder));
  });

  test("whether it was packed anew or from what was kept", async () => {
    const { url, folder } = world.repository(files);
    const component = newComponent();
    const build = async (options = {}) => slugOf(await world.build({ kind: "git", url }, { component, ...options })).digest;
    const before = await build();
    writeFiles(folder, { "deep/er/b.txt": "changed", "new.txt": "new" });
    commit(folder, "Change");
    const after = await build();
    expect(after).not.toBe(before);
    expect(await build({ component: newComponent() })).toBe(after);
  });

  test("after any kind of change, also when only what changed was looked at", async () => {
    const { url, folder } = world.repository({ ...files, "gone/only.txt": "x", "turns/into/file.txt": "x", "plain.txt": "x" });
    const component = newComponent();
    const build = async (given = {}) => slugOf(await world.build({ kind: "git", url }, { component, ...given })).digest;
    const remove = (path: string): void => rmSync(join(folder, path), { recursive: true });
    await build();
    const changes = [
      () => {
        remove("gone");
        remove("turns");
        writeFiles(folder, { turns: "now a file", "new/folder/file.txt": "new" });
        chmodSync(join(folder, "a.sh"), 0o755);
      },
      () => {
        remove("turns");
        remove("plain.txt");
        symlinkSync("z.txt", join(folder, "plain.txt"));
        symlinkSync("deep", join(folder, "turns"));
      },
      () => {
        remove("turns");
        writeFiles(folder, { "turns/er/b.txt": "a folder again", ".gitattributes": "*.txt eol=crlf\n", "z.txt": "z\nz\n" });
      },
    ];
    for (const change of changes) {
      change();
      commit(folder, "Change");
      const [kept, fresh] = await Promise.all([build(), build({ component: newComponent() })]);
      expect(kept).toBe(fresh);
    }
    expect(await build()).toBe(await build({ component: newComponent() }));
  });

  withNpm("with what an install script wrote into the source, also when the installation comes from the cache", async () => {
    const postinstall = "node -e \"require('fs').writeFileSync('made.txt', 'made')\"";
    const { url } = world.repository({
      ...project({ scripts: { postinstall, start: "node server.js" }, dependencies: { alpha: "1.0.0" } }),
      "package-lock.json": registry.lock("a", { alpha: "1.0.0" }),
    });
    const component = newComponent();
    const build = () => world.build({ kind: "git", url }, { component }, environment);
    const first = slugOf(await build());
    const again = await build();
    expect(again.log).toContain("Dependency cache: hit");
    expect(slugOf(again).digest).toBe(first.digest);
    expect((await slugFiles(world.platform.blobs, first.digest))["app/made.txt"]).toBe("made");
  });

  withNpm("with dependencies and a build, in another place", async () => {
    const scripts = { build: "node -e \"require('fs').writeFileSync('out.txt', 'made')\"", start: "node server.js" };
    const { folder } = world.repository({
      ...project({ scripts, dependencies: { alpha: "1.0.0" } }),
      "package-lock.json": registry.lock("a", { alpha: "1.0.0" }),
      "index.html": "",
    });
    const one = slugOf(await world.build({ kind: "push" }, { sourceUrl: `file://${folder}` }, environment)).digest;
    process.env.npm_config_registry = registry.url;
    expect(await digest(folder)).toBe(one);
    delete process.env.npm_config_registry;
  });
});
