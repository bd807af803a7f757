import { steppedClock } from "../../shared/adapters/memory/clock.ts";
import { memoryCluster } from "../../shared/adapters/memory/cluster.ts";
import { bench, serverApp, workloadFor } from "../cluster/support.ts";
import { clusterSuite, type Program } from "./cluster.suite.ts";

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

clusterSuite("memory", async () => {
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

clusterSuite("processes", async () => {
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
