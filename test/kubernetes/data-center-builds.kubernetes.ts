import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { KubernetesObject } from "../../shared/adapters/kubernetes/object.ts";
import { labels } from "../../shared/adapters/kubernetes/render/names.ts";
import type { Component } from "../../shared/contract/component.ts";
import type { Operation } from "../../shared/contract/operation.ts";
import type { Build } from "../../shared/contract/release.ts";
import type { Check } from "../../shared/contract/source.ts";
import { joinNamespace } from "../../shared/domain/data-center.ts";
import { type Platform, removeHome, signUp, startPlatform } from "../e2e/platform.ts";
import { agentsNamespace, renderedChart } from "../support/chart.ts";
import { noImages } from "../support/container-tools.ts";
import { type GitServer, makeRepository, startGitServer } from "../support/git-server.ts";
import { eventually } from "../support/eventually.ts";
import { type JoinedCluster, joinCluster } from "./agents.ts";
import { describeOnKubernetes, unique } from "./support.ts";
import { freePorts } from "../support/ports.ts";

const tool = resolve("..", "shared", "kubernetes", "cluster");
const cluster = process.env.PLUVIA_TEST_CLUSTER;
if (!cluster && process.env.PLUVIA_TEST_KUBECONFIG)
  console.warn(
    "Tests of builds in a data center are skipped: they need a cluster of their own, to load the builder's image into.",
  );

/** A program of Linux on x86-64 that ends with 0: an ELF header, one segment, and `exit(0)`. */
function smallestProgram(): Buffer {
  const code = Buffer.from("b83c00000031ff0f05", "hex");
  const [base, headers] = [0x400000n, 120];
  const elf = Buffer.alloc(headers);
  Buffer.from("7f454c4602010100000000000000000002003e0001000000", "hex").copy(elf);
  elf.writeBigUInt64LE(base + BigInt(headers), 24); // where it begins
  elf.writeBigUInt64LE(64n, 32); // where the segment is described
  for (const [at, value] of [
    [52, 64],
    [54, 56],
    [56, 1],
    [58, 64],
  ] as const)
    elf.writeUInt16LE(value, at);
  for (const [at, value] of [
    [64, 1],
    [68, 5],
  ] as const)
    elf.writeUInt32LE(value, at);
  for (const at of [80, 88]) elf.writeBigUInt64LE(base, at);
  for (const at of [96, 104]) elf.writeBigUInt64LE(BigInt(headers + code.length), at);
  elf.writeBigUInt64LE(0x1000n, 112);
  return Buffer.concat([elf, code]);
}
/** Starts a container, and takes users beside root. */
const dockerfile = `FROM scratch\nCOPY --chown=33:33 --chmod=755 ok /bin/ok\nRUN ["/bin/ok"]\nUSER 33\nEXPOSE 8080\nCMD ["/bin/ok"]\n`;

(cluster ? describeOnKubernetes : describe.skip)("C6: a data center builds the source of its team", () => {
  const folder = mkdtempSync(join(tmpdir(), "pluvia-builder-"));
  const namespace = `builds-${unique()}`;
  const builder = "localhost/builder:1";
  const longMs = 400_000;
  let platform: Platform;
  let call: Awaited<ReturnType<typeof signUp>>["call"];
  let joined: JoinedCluster;
  let inside: string;
  let git: GitServer;
  let application: { id: string };

  beforeAll(async () => {
    const archive = join(folder, "builder.tar");
    execFileSync(process.execPath, [resolve("infra/images/builder.ts"), "buildah", "uidmap"], {
      stdio: "ignore",
      env: { ...process.env, NODE_OPTIONS: "", PLUVIA_BUILDER_ARCHIVE: archive, PLUVIA_BUILDER_IMAGE: builder },
    });
    execFileSync(tool, ["load", String(cluster), archive], { stdio: "ignore" });
    const port = await freePorts();
    inside = `http://host.containers.internal:${port}`;
    platform = await startPlatform({ port, env: { PLUVIA_URL: inside } });
    const url = `http://127.0.0.1:${port}`;
    ({ call } = await signUp(url));
    git = await startGitServer(folder);
    makeRepository(join(folder, "stepped.git"), {
      "package.json": JSON.stringify({ name: "stepped", scripts: { build: "node build.mjs", start: "node server.mjs" } }),
      "build.mjs": `import { writeFileSync } from "node:fs"; writeFileSync("built.txt", "yes");`,
      "server.mjs": `import { createServer } from "node:http"; createServer().listen(process.env.PORT);`,
    });
    makeRepository(join(folder, "greedy.git"), {
      "package.json": JSON.stringify({ name: "greedy", scripts: { build: "node build.mjs", start: "node build.mjs" } }),
      "build.mjs": `for (const kept = []; ; ) kept.push(Buffer.alloc(${16 * 1024 * 1024}, 1));`,
    });
    makeRepository(join(folder, "image.git"), { Dockerfile: dockerfile, ok: smallestProgram() });
    application = await call("POST", "/v1/applications", { name: "shop" });
    const reach = ["10.0.0.0/8"];
    joined = await joinCluster(
      { url, call },
      {
        name: "builds",
        kubeconfig: String(process.env.PLUVIA_TEST_KUBECONFIG),
        env: {
          PLUVIA_BUILDS_IMAGE: builder,
          PLUVIA_BUILDS_NAMESPACE: namespace,
          PLUVIA_BUILDS_MEMORY_MIB: "640",
          PLUVIA_BUILDS_REACH: JSON.stringify(reach),
        },
      },
    );
    // What Helm would have brought with these values.
    const { objects } = renderedChart({ cloudUrl: url, builds: { image: builder, namespace, reach } });
    const own = objects.filter((each) => each.metadata.name === "pluvia-builds" || each.metadata.name === namespace);
    const here = (object: object) =>
      JSON.parse(JSON.stringify(object).replaceAll(`"namespace":"${agentsNamespace}"`, `"namespace":"${joinNamespace}"`));
    for (const object of own) await joined.client.apply(here(object) as KubernetesObject);
  }, longMs);
  afterAll(async () => {
    const own = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await joined?.client.remove(own, { propagation: "Background" });
    await joined?.leave();
    await git?.close();
    await platform?.stop();
    if (platform) await removeHome(platform.home);
    rmSync(folder, { recursive: true, force: true });
  }, longMs);

  const built = async (name: string, url: string): Promise<Build> => {
    const component = await call<Component>("POST", `/v1/applications/${application.id}/components`, {
      name,
      source: { kind: "git", url },
      dataCenter: joined.dataCenter.id,
    });
    const { operation } = await call<{ operation: Operation }>("POST", `/v1/components/${component.id}/deploy`, {});
    const over = async () => {
      const now = await call<Build>("GET", `/v1/builds/${operation.build}`);
      return now.endedAt !== null && now;
    };
    return eventually("the build has ended", over, longMs);
  };
  const image = () => built(`image-${unique()}`, `http://host.containers.internal:${git.port}/image.git`);

  test(
    "as a job of its own, from the source to the artifact in the platform's store, with the builder's own image",
    async () => {
      const build = await built("web", `${inside}/git/demos/node.git`);
      expect([build.state, build.failure]).toEqual(["succeeded", null]);
      expect(build.artifact).toMatchObject({ kind: "slug", language: "node" });
      expect(build.steps.filter((step) => step.state === "succeeded").map((step) => step.name)).toEqual(
        expect.arrayContaining(["source", "detect", "pack", "publish"]),
      );
      const jobs = await joined.client.list(
        { apiVersion: "batch/v1", kind: "Job" },
        { namespace, labels: { [labels.dataCenter]: joined.dataCenter.id } },
      );
      expect(jobs.items).toHaveLength(1);
    },
    longMs,
  );

  test(
    "C3: a source at an address that only the cluster knows is looked at there, as a job of its own",
    async () => {
      const asked = await call<Check>("POST", "/v1/checks", {
        source: { kind: "git", url: `http://host.containers.internal:${git.port}/stepped.git` },
        dataCenter: joined.dataCenter.id,
      });
      const over = async () => {
        const now = await call<Check>("GET", `/v1/checks/${asked.id}`);
        return now.endedAt !== null && now;
      };
      const check = await eventually("the check has ended", over, longMs);
      expect([check.state, check.findings.filter((finding) => finding.level === "blocks")]).toEqual(["ready", []]);
      expect(check).toMatchObject({
        dataCenter: joined.dataCenter.id,
        proposal: { language: "node", branches: ["main"] },
      });
      const job = { apiVersion: "batch/v1", kind: "Job", metadata: { name: `${check.id.replace("_", "-")}-1`, namespace } };
      expect(await joined.client.get(job)).toBeDefined();
    },
    longMs,
  );

  (existsSync("/usr/lib/node_modules/npm") ? test : test.skip)(
    "steps of the source's own run there, too",
    async () => {
      const build = await built("stepped", `http://host.containers.internal:${git.port}/stepped.git`);
      expect([build.state, build.failure]).toEqual(["succeeded", null]);
      expect(build.steps.find((step) => step.name === "build")?.state).toBe("succeeded");
    },
    longMs,
  );

  (existsSync("/usr/lib/node_modules/npm") ? test : test.skip)(
    "C2: a step that takes more than a build's memory ends it with how much that is, and what to raise",
    async () => {
      const build = await built("greedy", `http://host.containers.internal:${git.port}/greedy.git`);
      expect(build.failure).toMatchObject({
        code: "build.memory",
        message: expect.stringContaining("640 MiB"),
        next: expect.stringContaining("builds.memoryMib"),
      });
      expect(build.state).toBe("failed");
    },
    longMs,
  );

  // The builder's image is made of this machine's programs.
  const why = noImages(["buildah", "runc"]);
  (why === "" ? test : test.skip)(
    `C5: a Dockerfile is refused where builds run without any right, with what to do; where they may start containers it is built, unprivileged${why && `: skipped, ${why}`}`,
    async () => {
      const refused = await image();
      expect(refused.failure).toMatchObject({ code: "dockerfile.confined", next: expect.stringContaining("baseline") });
      await joined.agents.kill();
      await joined.again({ PLUVIA_BUILDS_POD_SECURITY: "baseline" });
      await joined.agents.ready();
      const build = await image();
      expect([build.state, build.failure]).toEqual(["succeeded", null]);
      expect(build.artifact).toMatchObject({ kind: "image", digest: expect.stringMatching(/^sha256:/) });
    },
    2 * longMs,
  );
});
