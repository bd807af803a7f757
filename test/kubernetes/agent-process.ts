/** An agent as a process of its own, to be killed: `agent-process.ts <kubeconfig> <data center> <home> <file of desired state>`. */
import { readFileSync } from "node:fs";
import { scheduler } from "../../edge-agents/scheduler/main.ts";
import { kubernetesClient } from "../../shared/adapters/kubernetes/client.ts";
import { kubernetesCluster } from "../../shared/adapters/kubernetes/cluster.ts";
import { kubeconfig as accessOf } from "../../shared/adapters/kubernetes/kubeconfig.ts";
import { transport } from "../../shared/adapters/kubernetes/transport.ts";
import { noTracer } from "../../shared/adapters/no-tracer.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import { agentParts } from "./agent-parts.ts";

const [kubeconfig = "", dataCenter = "", home = "", desired = ""] = process.argv.slice(2);
const client = kubernetesClient(transport(accessOf(readFileSync(kubeconfig, "utf8"))));
const cluster = await kubernetesCluster(agentParts({ client, dataCenter, home }));
const wanted = (): Workload[] => JSON.parse(readFileSync(desired, "utf8")) as Workload[];
const ledger = {
  // Of those that are asked about: another one's step would be begun over and over.
  wanted: (of?: ReadonlySet<string>) => wanted().filter(({ component }) => of === undefined || of.has(component)),
  workload: async (component: Workload["component"]) => wanted().find((workload) => workload.component === component),
  tombstones: () => [],
  unread: () => [],
  complete: () => true,
  traceOf: () => undefined,
};
const agent = scheduler({
  ledger: ledger as unknown as Parameters<typeof scheduler>[0]["ledger"],
  cluster,
  clock: systemClock(),
  cloudKey: () => Promise.reject(new Error("nothing here is signed")),
  addressFor: () => Promise.resolve({ host: "none", port: 1 }),
  addressesOf: () => [],
  tracer: noTracer,
  reporter: { observed: () => {} },
  gone: () => {},
  log: () => {},
});
process.stdout.write("up\n");
process.on("SIGHUP", agent.wake);
