import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { jest } from "@jest/globals";
import { architectureOf } from "../../shared/domain/image/architecture.ts";
import type { Artifact } from "../../shared/contract/release.ts";
import { answerOf } from "../support/application.ts";
import { type BuilderWorld, newComponent, startBuilderWorld } from "../support/builder-world.ts";
import { sources } from "./language-sources.ts";

jest.setTimeout(600_000);
let world: BuilderWorld;
beforeAll(async () => {
  world = await startBuilderWorld();
});
afterAll(() => world.close());

const isInstalled = (words: readonly string[]): boolean => spawnSync(words[0] ?? "", words.slice(1)).status === 0;

const limits = { seconds: 550, logBytes: 1_000_000, sourceBytes: 100_000_000, slugBytes: 500_000_000 };

describe("C2: an application of each language is built by its own tools and answers", () => {
  test.each(Object.entries(sources))("%s", async (name, source) => {
    if (source.isSlow && process.env.PLUVIA_SLOW !== "1") return console.warn(`${name}: only built with PLUVIA_SLOW=1`);
    const missing = source.tools.filter((words) => !isInstalled(words));
    if (missing.length > 0) return console.warn(`${name}: ${missing.join(" and ")} is not installed: not built`);
    const { url } = world.repository(typeof source.files === "function" ? source.files() : source.files);
    const component = newComponent();
    const outcome = await world.build({ kind: "git", url }, { component, limits });
    if (outcome.result?.state === "failed" && outcome.result.code === "registry.unreachable")
      return console.warn(`${name}: the registry cannot be reached: not built`);
    if (outcome.result?.state !== "succeeded") throw new Error(`${JSON.stringify(outcome.result)}\n${outcome.log}`);
    const slug = outcome.result.artifact as Extract<Artifact, { kind: "slug" }>;
    expect(slug.architecture).toBe(architectureOf(process.arch));
    const folder = join(world.folder, `run-${name.replaceAll(/\W+/g, "-")}`);
    mkdirSync(folder);
    const bytes = world.platform.blobs.get(slug.digest) ?? Buffer.alloc(0);
    expect(await answerOf(slug, bytes, { folder, secondsMax: 60 })).toContain(source.answer);
    if (!source.isRepeated) return;
    const again = await world.build({ kind: "git", url }, { component, limits });
    expect(again.result).toMatchObject({ state: "succeeded", artifact: { digest: slug.digest } });
    expect(again.log).toContain("Dependency cache: hit");
  });
});

describe("C2: a registry that cannot be reached", () => {
  const nowhere = "http://127.0.0.1:1";
  const cases = [
    {
      tool: ["composer", "--version"],
      files: {
        "composer.json": JSON.stringify({
          require: { "psr/log": "^3.0" },
          repositories: [{ type: "composer", url: nowhere }, { "packagist.org": false }],
          config: { "secure-http": false },
        }),
        "index.php": "<?php",
      },
    },
    {
      tool: ["bundle", "--version"],
      files: { Gemfile: `source "${nowhere}"\ngem "rack"\n`, "app.rb": "" },
    },
  ];
  test.each(cases)("$tool.0: the build says so, and what to do", async ({ tool, files }) => {
    if (!isInstalled(tool)) return console.warn(`${tool[0]} is not installed: not tried`);
    const { url } = world.repository(files as Record<string, string>);
    const { result } = await world.build({ kind: "git", url }, { limits });
    expect(result).toMatchObject({
      state: "failed",
      code: "registry.unreachable",
      message: expect.stringMatching(/could not reach the registry of its packages: .*127\.0\.0\.1/),
      next: expect.stringContaining("PLUVIA_BUILD_SETTINGS"),
      logLine: expect.any(Number),
    });
  });
});
