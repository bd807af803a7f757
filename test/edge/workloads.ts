import type { Workload } from "../../shared/contract/agent.ts";
import type { Configuration } from "../../shared/contract/component.ts";
import { defaultConfiguration } from "../../shared/domain/component.ts";
import type { RunningComponent } from "../../shared/domain/gateway/route.ts";

export const componentId = (n: number) => `cmp_${String(n).padStart(16, "0")}` as Workload["component"];
export const releaseId = (n: number) => `rel_${String(n).padStart(16, "0")}` as Workload["release"];

type Port = Configuration["ports"][number];
const httpPort: Port = { port: 3000, protocol: "http", internal: true, external: true };

/** A component as the cloud asks for it. */
export function workloadOf(
  n: number,
  more: { ports?: Port[]; wanted?: Workload["wanted"]; release?: number; replicas?: number; label?: string } = {},
): Workload {
  const { ports = [httpPort], wanted = "running", release = 1, replicas = 1, label = `shop${n}` } = more;
  const external = ports.filter((port) => port.external && port.protocol === "http");
  return {
    version: 1,
    tenant: "tnt_0000000000000001" as Workload["tenant"],
    application: "app_0000000000000001" as Workload["application"],
    applicationName: "shop",
    component: componentId(n),
    componentName: `web${n}`,
    generation: release,
    release: releaseId(release),
    releaseNumber: release,
    artifact: { kind: "image", reference: "none", digest: null, command: null, variables: {} },
    configuration: {
      ...defaultConfiguration,
      command: null,
      ports,
      health: { kind: "tcp", path: "/", intervalSeconds: 5, timeoutSeconds: 3, failuresMax: 3, startSeconds: 60 },
      replicas,
      resources: { memoryMib: 128, cpuMillis: 500 },
      dependencies: [],
      graceSeconds: 10,
    },
    variables: {},
    bindings: [],
    hosts: external.map((port, index) => ({ port: port.port, label: index === 0 ? label : `${label}-${port.port}` })),
    restart: 0,
    wanted,
  };
}

/** The same with instances, each `[id, host port]` or with its state. */
export function runningOf(
  workload: Workload,
  instances: { id: string; hostPort: number; port?: number; state?: "ready" | "starting" | "draining"; release?: number }[],
  phase: RunningComponent["phase"] = "settled",
): RunningComponent {
  return {
    workload,
    phase,
    instances: instances.map(
      ({
        id,
        hostPort,
        port = workload.configuration.ports[0]?.port ?? 0,
        state = "ready",
        release = workload.releaseNumber,
      }) => ({
        id,
        state,
        release: releaseId(release),
        endpoints: [{ port, host: "127.0.0.1", hostPort }],
      }),
    ),
  };
}
