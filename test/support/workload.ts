import { type Workload, Workload as Schema } from "../../shared/contract/agent.ts";
import type { Artifact } from "../../shared/contract/release.ts";

/** A workload of one http port, 3000. */
export const workload = (of: { artifact: Artifact; command?: string; tenant?: string; component?: string }): Workload =>
  Schema.parse({
    version: 1,
    tenant: of.tenant ?? "tnt_0000000000000001",
    application: "app_0000000000000001",
    applicationName: "shop",
    component: of.component ?? "cmp_0000000000000001",
    componentName: "web",
    generation: 1,
    release: "rel_0000000000000001",
    releaseNumber: 1,
    artifact: of.artifact,
    configuration: {
      command: of.command ?? null,
      ports: [{ port: 3000, protocol: "http", internal: true, external: true }],
      health: { kind: "http", port: 3000 },
      resources: { memoryMib: 128, cpuMillis: 100 },
      replicas: 1,
      graceSeconds: 5,
      dependencies: [],
    },
    variables: {},
    bindings: [],
    hosts: [],
    restart: 0,
    wanted: "running",
  });
