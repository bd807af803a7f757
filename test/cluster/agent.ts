import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { processCluster } from "../../shared/adapters/local/cluster/cluster.ts";
import { Workload } from "../../shared/contract/agent.ts";

// A process that holds nothing but a cluster, for tests that kill it: workloads come in as lines, what is observed goes out as lines.
const [home = "", slugs = ""] = process.argv.slice(2);
const cluster = processCluster({
  home,
  artifacts: { fetch: async (_tenant, digest) => createReadStream(join(slugs, digest.replace("sha256:", ""))) },
  traffic: { drained: async () => {} },
  clock: systemClock(),
});
const tell = async (): Promise<void> => {
  process.stdout.write(`${JSON.stringify(await cluster.observe())}\n`);
};
cluster.onChange(() => void tell());
await tell();
for await (const line of createInterface({ input: process.stdin })) {
  await cluster.apply(Workload.parse(JSON.parse(line)));
  process.stdout.write('"applied"\n');
}
