import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { localBuildRunner } from "../../shared/adapters/local/builds.ts";
import { orderFor } from "../support/build.ts";
import { type BuilderWorld, newComponent, startBuilderWorld } from "../support/builder-world.ts";
import { commit, git, writeFiles } from "../support/git-server.ts";
import { slugOf } from "../support/slug.ts";

const files = 10_000;
const rounds = 3;

const content = (index: number): string =>
  `export const value${index} = ${JSON.stringify("lorem ipsum ".repeat(80 + (index % 40)))};\n`;

const source = (): Record<string, string> => ({
  "package.json": JSON.stringify({ name: "bench", scripts: { start: "node server.js" } }),
  "server.js": "require('http').createServer((q, s) => s.end('hi')).listen(process.env.PORT || 3000);\n",
  "peer.Dockerfile": "FROM scratch\nCOPY . /app/\n",
  ".dockerignore": ".git\n",
  ...Object.fromEntries(Array.from({ length: files }, (_, index) => [`src/${index % 100}/file-${index}.js`, content(index)])),
});

const timed = async (work: () => Promise<void> | void): Promise<number> => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** buildah with its layer cache, as far from the machine's own storage as it goes. */
const buildah = (world: BuilderWorld, folder: string) => {
  const home = join(world.folder, "buildah");
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, "policy.json"), '{"default":[{"type":"insecureAcceptAnything"}]}');
  writeFileSync(join(home, "registries.conf"), "");
  return () => {
    const ran = spawnSync(
      "buildah",
      [
        "--root",
        join(home, "root"),
        "--runroot",
        join(home, "run"),
        "--storage-driver",
        "vfs",
        "bud",
        "--isolation",
        "chroot",
        "--layers",
        "--signature-policy",
        join(home, "policy.json"),
        "--file",
        join(folder, "peer.Dockerfile"),
        "--tag",
        "bench",
        folder,
      ],
      { env: { ...process.env, CONTAINERS_REGISTRIES_CONF: join(home, "registries.conf") }, encoding: "utf8" },
    );
    if (ran.status !== 0) throw new Error(`buildah failed: ${ran.stderr}`);
  };
};

const show = (name: string, ours: readonly number[], theirs: readonly number[]): void => {
  console.log(
    `${name}: pluvia ${median(ours).toFixed(0)} ms (${ours.map((ms) => ms.toFixed(0)).join(", ")})${theirs.length === 0 ? "" : `, buildah ${median(theirs).toFixed(0)} ms (${theirs.map((ms) => ms.toFixed(0)).join(", ")}), ratio ${(median(theirs) / median(ours)).toFixed(1)}`}`,
  );
};

/** G6, G7: rebuilds of 10,000 files, from the start of the builder to the published slug, A B A B. G8: equal digests. */
export const buildBench = async (): Promise<void> => {
  const world = await startBuilderWorld();
  try {
    const { folder } = world.repository(source());
    const component = newComponent();
    const runner = localBuildRunner({ directory: join(world.folder, "builds"), cache: world.cache, spare: true });
    const build = async (given = component): Promise<string> => {
      const order = orderFor(world.platform, { source: { kind: "push" }, sourceUrl: `file://${folder}`, component: given });
      await runner.start(order);
      while (world.platform.result() === undefined) await wait(2);
      const result = world.platform.result();
      world.platform.reports.length = 0;
      return slugOf({ result, log: "" }).digest;
    };
    /** An idle platform has had time to make its spare builder. */
    const idle = () => wait(4_000);
    const hasBuildah = spawnSync("buildah", ["--version"]).status === 0;
    if (!hasBuildah) console.log("buildah is not installed: no comparison");
    const peer = hasBuildah ? buildah(world, folder) : null;
    console.log(
      `first build: pluvia ${(await timed(async () => void (await build()))).toFixed(0)} ms${peer ? `, buildah ${(await timed(peer)).toFixed(0)} ms` : ""}`,
    );
    await build();

    const unchanged = { ours: [] as number[], theirs: [] as number[] };
    const digests = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      await idle();
      unchanged.ours.push(await timed(async () => void digests.add(await build())));
      if (peer) unchanged.theirs.push(await timed(peer));
    }
    const changed = { ours: [] as number[], theirs: [] as number[] };
    for (let round = 0; round < rounds; round++) {
      writeFiles(folder, { "src/7/file-7.js": `${content(7)}// ${round}\n` });
      commit(folder, `Change ${round}`);
      await idle();
      changed.ours.push(await timed(async () => void (await build())));
      if (peer) changed.theirs.push(await timed(peer));
    }
    rmSync(join(folder, "src", "7"), { recursive: true });
    git(folder, "checkout", "--", ".");
    const equal = new Set([await build(), await build(newComponent())]);
    console.log(
      `G8 digests: unchanged ${digests.size} of ${rounds}, fresh cache and kept cache ${equal.size === 1 ? "equal" : "DIFFER"}`,
    );
    show("G7 one file of 10,000 changed", changed.ours, changed.theirs);
    show("G6 nothing changed", unchanged.ours, unchanged.theirs);
  } finally {
    await world.close();
  }
};
