import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { architectureOf } from "../../shared/domain/image/architecture.ts";
import { type BuilderWorld, newComponent, startBuilderWorld } from "../support/builder-world.ts";
import { frugalSettings, noImages, removeWithImages, staticProgram } from "../support/container-tools.ts";

let world: BuilderWorld;
let server: Buffer;
let environment: Record<string, string>;
const why = noImages(["buildah", "go"]);

beforeAll(async () => {
  world = await startBuilderWorld();
  environment = { CONTAINERS_CONF: frugalSettings(world.folder) };
  if (why === "") server = staticProgram();
}, 120_000);
afterAll(() => {
  removeWithImages(world.cache);
  return world.close();
});

const skipped = (): boolean => {
  if (why !== "") console.warn(`skipped: ${why}`);
  return why !== "";
};
const built = (dockerfile: string, more: { files?: Record<string, string | Buffer>; order?: object } = {}) => {
  const { url } = world.repository({ Dockerfile: dockerfile, server, ...more.files });
  return world.build({ kind: "git", url }, more.order, environment);
};
const copied = "COPY --chmod=755 server /server\n";

test("C2: a Dockerfile becomes an image in an archive, the same one whoever builds it", async () => {
  if (skipped()) return;
  const dockerfile = `FROM scratch AS base\n${copied}RUN ["/server", "write", "stage one"]\nFROM scratch\nCOPY --from=base /server /made /\nENTRYPOINT ["/server"]\n`;
  const [one, two] = [await built(dockerfile), await built(dockerfile, { order: { component: newComponent() } })];
  expect(one.errors).toBe("");
  expect(one.result).toMatchObject({
    state: "succeeded",
    artifact: {
      kind: "image",
      command: null,
      digest: expect.stringMatching(/^sha256:/),
      archive: { sizeBytes: expect.any(Number) },
      architecture: architectureOf(process.arch),
    },
  });
  expect(two.result).toEqual(one.result);
  const artifact = one.result?.state === "succeeded" ? one.result.artifact : undefined;
  const archive = artifact?.kind === "image" ? artifact.archive : undefined;
  expect(world.platform.blobs.get(archive?.digest ?? "")?.length).toBe(archive?.sizeBytes);
}, 120_000);

test("an image for another processor says so", async () => {
  if (skipped()) return;
  const other = process.arch === "arm64" ? "amd64" : "arm64";
  const { result } = await built(`FROM --platform=linux/${other} scratch\n${copied}`);
  expect(result).toMatchObject({ state: "succeeded", artifact: { architecture: other } });
}, 120_000);

test("an unchanged instruction is taken from the last build", async () => {
  if (skipped()) return;
  const component = newComponent();
  const text = `FROM scratch\n${copied}RUN ["/server", "write", "x"]\nCMD ["/server"]\n`;
  const first = await built(text, { order: { component } });
  const second = await built(text, { order: { component } });
  expect(second.log).toContain("Using cache");
  expect(second.result).toEqual(first.result);
}, 120_000);

test("arguments are the plain variables that the Dockerfile names, and no others", async () => {
  if (skipped()) return;
  const outcome = await built(`FROM scratch\nARG WORD=none\nARG TOKEN=none\n${copied}RUN ["/server", "args", "x"]\n`, {
    order: { variables: { WORD: "hello", TOKEN: "s3cret-value" }, plain: ["WORD"] },
  });
  expect(outcome.log).toContain("saw hello none end");
  expect(outcome.log).not.toContain("s3cret-value");
}, 120_000);

test("T3: what a Dockerfile runs sees no file of the platform", async () => {
  if (skipped()) return;
  const outcome = await built(`FROM scratch\n${copied}RUN ["/server", "list", "/proc/1/root${world.cache}"]\n`);
  expect(outcome.log).toMatch(/listed 0 .*(no such file|denied|not permitted)/);
  expect(outcome.result?.state).toBe("succeeded");
}, 120_000);

test("a subdirectory is the whole context, and .dockerignore counts", async () => {
  if (skipped()) return;
  const { url } = world.repository({
    "service/Dockerfile": "FROM scratch\nCOPY . /\n",
    "service/.dockerignore": "left-out\n",
    "service/left-out": "x".repeat(10),
    "service/kept": "y",
    outside: "z",
  });
  const outcome = await world.build({ kind: "git", url, directory: "service" }, {}, environment);
  const two = await built("FROM scratch\nCOPY missing /\n", { files: { "left-out": "" } });
  expect(outcome.result?.state).toBe("succeeded");
  expect(two.result).toMatchObject({
    state: "failed",
    code: "build.failed",
    message: expect.stringContaining("Dockerfile line 2"),
  });
}, 120_000);

test("an instruction that fails is named with its line and exit code", async () => {
  if (skipped()) return;
  const outcome = await built(`FROM scratch AS first\n\nFROM scratch\n${copied}\n# why\nRUN ["/server", "fail", "x"]\n`);
  expect(outcome.result).toMatchObject({
    state: "failed",
    code: "build.failed",
    message: expect.stringMatching(/^Dockerfile line 7: RUN .*failed with exit code \d+.*no good/),
    logLine: expect.any(Number),
  });
}, 120_000);

test("a base image that cannot be fetched is told with the line of its FROM", async () => {
  if (skipped()) return;
  const outcome = await built(
    `# a comment\nFROM scratch AS one\n${copied}FROM localhost:1/no/such:image\nCOPY --from=one /server /\n`,
  );
  expect(outcome.result).toMatchObject({
    state: "failed",
    code: "base-image.unreachable",
    message: expect.stringMatching(/^Dockerfile line 4: the base image localhost:1\/no\/such:image cannot be fetched, because/),
  });
}, 120_000);

test("an image that is too large, and a build that takes too long, end in words; nothing goes on running", async () => {
  if (skipped()) return;
  const limits = { seconds: 120, logBytes: 100_000, sourceBytes: 100_000_000, slugBytes: 100_000 };
  const large = await built(`FROM scratch\n${copied}`, { order: { limits } });
  expect(large.result).toMatchObject({ state: "failed", code: expect.stringMatching(/slug.too-large|build.failed/) });
  const slow = await built(`FROM scratch\n${copied}RUN ["/server", "sleep", "x"]\n`, {
    order: { limits: { ...limits, slugBytes: 100_000_000, seconds: 5 }, component: null },
  });
  expect(slow.result).toMatchObject({ state: "failed", code: "build.timeout" });
  expect(spawnSync("pgrep", ["-f", "^/server sleep x$"]).status).not.toBe(0);
  const once = join(world.cache, "once");
  expect(existsSync(once) ? readdirSync(once) : []).toEqual([]);
}, 120_000);
