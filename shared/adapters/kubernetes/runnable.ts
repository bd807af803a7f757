import { Fault } from "../../base/fault.ts";
import type { Workload } from "../../contract/agent.ts";
import { type Served, serves, since } from "./versions.ts";

/** @throws Fault `invalid`: this cluster is too old for it. */
export function assertRunnable({ configuration: { kind, attachments } }: Workload, served: Served): void {
  const sidecar = attachments.find((each) => each.kind === "sidecar");
  if ((kind !== "job" && kind !== "cron") || !sidecar || serves(served, "sidecars")) return;
  throw new Fault(
    "invalid",
    `A job beside which ${sidecar.name} runs ends from Kubernetes 1.${since.sidecars} on; this cluster is 1.${served.minor}.`,
    { next: "Take that container out, or let it run before the job (init)." },
  );
}
