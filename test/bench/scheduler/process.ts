// One agent's scheduler as a process of its own, told by its parent what is wanted: what the cloud plane's link does, without the network.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { giveBack } from "../../../edge-agents/runtime/give-back.ts";
import { openLedger } from "../../../edge-agents/runtime/ledger.ts";
import { reporter } from "../../../edge-agents/runtime/reporter.ts";
import { scheduler } from "../../../edge-agents/scheduler/main.ts";
import { kubernetesClient } from "../../../shared/adapters/kubernetes/client.ts";
import { kubernetesCluster } from "../../../shared/adapters/kubernetes/cluster.ts";
import { kubeconfig } from "../../../shared/adapters/kubernetes/kubeconfig.ts";
import { hostFor } from "../../../shared/adapters/kubernetes/render/names.ts";
import { type Transport, transport } from "../../../shared/adapters/kubernetes/transport.ts";
import { noTracer } from "../../../shared/adapters/no-tracer.ts";
import { systemClock } from "../../../shared/adapters/local/clock.ts";
import type { DataCenterId } from "../../../shared/contract/id.ts";
import { agentParts } from "../../kubernetes/agent-parts.ts";
import { changesOf } from "./workloads.ts";

const [file = "", home = "", dataCenter = ""] = process.argv.slice(2);
const clock = systemClock();
const errors: string[] = [];
const noted = (error: unknown): void => void errors.push(error instanceof Error ? error.message : String(error));
/** By the name of a Deployment: when its patch was last sent, ms since the epoch. */
const sentAt = new Map<string, number>();
const timed = (calls: Transport): Transport => ({
  ...calls,
  json: (call) => {
    const [, name] = /\/deployments\/([^/]+)$/.exec(call.path) ?? [];
    if (call.method === "PATCH" && name !== undefined) sentAt.set(name, performance.timeOrigin + performance.now());
    return calls.json(call);
  },
});
const cluster = await kubernetesCluster({
  ...agentParts({
    client: kubernetesClient(timed(transport(kubeconfig(readFileSync(file, "utf8"))))),
    dataCenter,
    home: join(home, "output"),
  }),
  dataCenter: dataCenter as DataCenterId,
  onError: noted,
});
const ledger = await openLedger(home);
const reports = reporter({
  report: async () => {},
  facts: async () => ({ capacity: await cluster.capacity(), nodes: [...(await cluster.nodes())] }),
  clock,
  random: Math.random,
  epoch: ledger.epoch,
  log: ({ error }: { readonly error?: unknown }) => noted(error),
});
reports.session(true);
giveBack(clock, noted);
let looked = (): void => {};
const schedule = scheduler({
  ledger,
  cluster,
  clock,
  cloudKey: async () => ({}) as never,
  addressFor: async ({ tenant, component, port }) => ({ host: hostFor(tenant, component), port }),
  addressesOf: cluster.addresses,
  reporter: {
    observed: (told, isAbout) => {
      reports.observed(told, isAbout);
      looked();
    },
  },
  gone: () => {},
  tracer: noTracer,
  log: ({ error }: { readonly error?: unknown }) => noted(error),
});

/** How long a look at everything takes, ms. */
async function checked(): Promise<number> {
  const began = performance.now();
  schedule.wake();
  await new Promise<void>((resolve) => {
    looked = resolve;
  });
  return performance.now() - began;
}

const answers: Record<string, (given: never) => Promise<unknown>> = {
  want: async ({ from, to, generation }: { from: number; to: number; generation: number }) => {
    const changes = changesOf(from, to, generation);
    await ledger.accept(changes, generation);
    schedule.wake(new Set(changes.map(({ component }) => component)));
  },
  settled: async () => (await cluster.observe()).filter((o) => o.phase === "settled").length,
  check: checked,
  sent: async ({ name }: { name: string }) => sentAt.get(name),
  errors: async () => errors,
  cpu: async () => process.cpuUsage(),
};
process.on("message", ({ id, ask, given }: { id: number; ask: string; given: never }) => {
  void answers[ask]?.(given).then((answer) => process.send?.({ id, answer }));
});
process.send?.({ id: 0 });
