// Reads one file into a log store until it is killed. Arguments: home, component, path.
import { logStore } from "../../edge-agents/logs/log-store.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";

const [home = "", component = "", path = ""] = process.argv.slice(2);
const logs = logStore({ home, limits: { segmentBytes: 50_000 } });
const instance = { id: "i1", logs: [{ stream: "out", path }] };
logs.update([
  {
    component,
    instances: [instance],
    endedLogs: [],
    workload: { tenant: "tnt_a" },
    phase: "settled",
    serving: null,
  } as unknown as ObservedWorkload,
]);
console.log("reads");
