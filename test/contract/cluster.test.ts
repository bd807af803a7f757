import { canMount, detectSandbox } from "../../shared/adapters/local/sandbox.ts";
import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryCluster } from "../../shared/adapters/memory/cluster.ts";
import { bench, ids, serverApp, workloadFor } from "../cluster/support.ts";
import { imageArtifact, imageMaker } from "../support/container-image.ts";
import { clusterSuite, type Program, shellAdds } from "./cluster.suite.ts";

const behaviours = {
  serves: { healthyAfterMs: 50 },
  ends: { healthyAfterMs: null, exit: { code: 1, afterMs: 20 } },
  hangs: { healthyAfterMs: null },
};
const digests: Record<Program, string> = {
  serves: `sha256:${"1".repeat(64)}`,
  ends: `sha256:${"2".repeat(64)}`,
  hangs: `sha256:${"3".repeat(64)}`,
};
const programOf = (digest: string): Program => (Object.keys(digests) as Program[]).find((p) => digests[p] === digest) ?? "hangs";

clusterSuite("memory", null, async () => {
  const clock = steppedClock();
  const cluster = memoryCluster({ clock, behaviour: (w) => behaviours[programOf(w.artifact.digest ?? "")] });
  return {
    cluster,
    workload: async (program, generation, change) =>
      workloadFor(digests[program], generation, { ...change, health: { startSeconds: 2 } }),
    pass: () => clock.advance(200),
    close: async () => cluster.close(),
  };
});

const canHaveVolumes = canMount(detectSandbox({ hide: [], tools: [] }), []);
clusterSuite("processes", canHaveVolumes ? shellAdds : null, async () => {
  const it = await bench();
  const sources = {
    serves: serverApp("yes"),
    ends: { "server.js": "process.exit(1)" },
    hangs: { "server.js": "setInterval(() => {}, 1000)" },
  };
  return {
    cluster: it.cluster,
    workload: async (program, generation, change) =>
      workloadFor(await it.shelf.add(sources[program]), generation, {
        ...change,
        health: { startSeconds: program === "hangs" ? 1 : 20 },
      }),
    pass: async () => {},
    close: () => it.end(),
  };
});

const images = imageMaker();
if (typeof images === "string") test.skip(`containers: ${images}`, () => {});
else {
  let reference: string;
  beforeAll(async () => {
    reference = await images.make("contract", { user: "app" });
  }, 60_000);
  afterAll(() => images.close());
  clusterSuite(
    "containers",
    (path, text) => ["/server", "add", path, text],
    async () => {
      const it = await bench({ environment: images.environment });
      return {
        cluster: it.cluster,
        workload: async (program, generation, { configuration, ...change } = {}) =>
          workloadFor("", generation, {
            ...change,
            artifact: imageArtifact(reference),
            health: { startSeconds: program === "hangs" ? 2 : 20 },
            configuration: { command: program === "serves" ? null : `/server ${program}`, graceSeconds: 1, ...configuration },
          }),
        pass: async () => {},
        close: async () => {
          // Of an ordinary user's containers only podman may remove all.
          await it.cluster.remove(ids.component as never);
          await it.end();
        },
      };
    },
  );
}
