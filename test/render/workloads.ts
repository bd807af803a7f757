import type { BuildsContext } from "../../shared/adapters/kubernetes/render/build-job.ts";
import type { NamespaceContext, RenderContext } from "../../shared/adapters/kubernetes/render/context.ts";
import type { Served } from "../../shared/adapters/kubernetes/versions.ts";
import { type BuildOrder, Workload } from "../../shared/contract/agent.ts";
import type { Configuration } from "../../shared/contract/component.ts";
import { ApplicationId, ComponentId, DataCenterId, ReleaseId, TenantId } from "../../shared/contract/id.ts";
import { defaultConfiguration } from "../../shared/domain/component.ts";
import { orderFor } from "../support/build.ts";
import { defaultQuota } from "../../shared/domain/quota.ts";

/** What clusters serve, as `discover` finds it. */
export const clusters = {
  "1.20": { minor: 20, cronJob: "batch/v1beta1", disruptionBudget: "policy/v1beta1", autoscaler: "autoscaling/v2beta2" },
  "1.35": { minor: 35, cronJob: "batch/v1", disruptionBudget: "policy/v1", autoscaler: "autoscaling/v2" },
} as const satisfies Record<string, Served>;

const dataCenter = DataCenterId.parse("dc_0123456789abcdef");
export const tenant = TenantId.parse("tnt_0123456789abcdef");
const database = ComponentId.parse("cmp_databasedatabase".slice(0, 20));
const digest = `sha256:${"0a".repeat(32)}`;

export const context = (served: Served, more: Partial<RenderContext> = {}): RenderContext => ({
  dataCenter,
  served,
  image: {
    reference: `registry.example.com/shop/web@${digest}`,
    command: ["node", "server.js"],
    variables: {},
    attachments: {},
    pullSecret: "pluvia-pull",
  },
  gateway: { namespaceLabels: { "pluvia.io/role": "system" }, podLabels: { "app.kubernetes.io/name": "pluvia-gateway" } },
  priorityClasses: { application: "pluvia-application", job: "pluvia-job" },
  podSecurity: "restricted",
  tcp: null,
  ...more,
});

export const namespaceContext: NamespaceContext = {
  dataCenter,
  quota: defaultQuota,
  podSecurity: "restricted",
  agent: { namespace: "pluvia-system", serviceAccount: "pluvia-agent" },
  tcp: null,
  deniedCidrs: ["10.96.0.0/12", "10.244.0.0/16", "fd98::/108"],
};

export function workload(configuration: Partial<Configuration>, more: Partial<Workload> = {}): Workload {
  return Workload.parse({
    version: 1,
    tenant,
    application: ApplicationId.parse("app_0123456789abcdef"),
    applicationName: "shop",
    component: ComponentId.parse("cmp_0123456789abcdef"),
    componentName: "web",
    generation: 3,
    release: ReleaseId.parse("rel_0123456789abcdef"),
    releaseNumber: 7,
    artifact: {
      kind: "slug",
      digest,
      sizeBytes: 1_000,
      language: "node",
      command: "node server.js",
      processes: {},
      variables: { NODE_ENV: "production", PATH: "{slug}/node/bin" },
    },
    configuration: { ...defaultConfiguration, command: "node server.js", ...configuration },
    variables: { GREETING: "good day", TOKEN: "open-sesame" },
    bindings: [],
    hosts: [],
    restart: 0,
    wanted: "running",
    ...more,
  });
}

const image = {
  kind: "image",
  reference: "postgres:17",
  digest: null,
  command: null,
  variables: { PGDATA: "/data/pg" },
} as const;
const volume = { kind: "exclusive", sizeMib: 1_024, storageClass: null } as const;

/** One of each kind; together they use everything that a configuration can say. */
export const samples = {
  stateless: workload(
    {
      ports: [
        { port: 8080, protocol: "http", internal: true, external: true },
        { port: 9000, protocol: "tcp", internal: true, external: false },
      ],
      health: { kind: "http", path: "/healthz", intervalSeconds: 5, timeoutSeconds: 3, failuresMax: 3, startSeconds: 60 },
      replicas: 3,
      dependencies: [{ component: database, port: 5432, alias: "DB" }],
      volumes: [
        { ...volume, name: "uploads", kind: "shared", path: "/slug/app/uploads", storageClass: "nfs" },
        { ...volume, name: "scratch", kind: "memory", path: "/scratch", sizeMib: 64 },
      ],
      files: [
        { path: "/etc/web/settings.json", content: '{"colour":"blue"}\n', executable: false },
        { path: "/usr/local/bin/greet", content: "#!/bin/sh\necho hello\n", executable: true },
      ],
      placement: {
        spread: true,
        nodeLabels: { "example.com/pool": "web" },
        tolerations: [
          { key: "example.com/dedicated", value: "web" },
          { key: "example.com/spot", value: null },
        ],
      },
      attachments: [
        {
          name: "migrate",
          kind: "init",
          image: "registry.example.com/migrate:1",
          command: ["migrate", "up"],
          variables: { LEVEL: "info" },
          resources: { memoryMib: 64, cpuMillis: 100 },
        },
        {
          name: "proxy",
          kind: "sidecar",
          image: "registry.example.com/proxy:1",
          command: null,
          variables: {},
          resources: { memoryMib: 32, cpuMillis: 50 },
        },
      ],
    },
    { bindings: [{ component: database, port: 5432, protocol: "tcp", alias: "DB" }] },
  ),
  autoscaled: workload({
    ports: [{ port: 8080, protocol: "http", internal: false, external: true }],
    requests: { memoryMib: 256, cpuMillis: 200 },
    scaling: { replicasMin: 2, replicasMax: 10, cpuPercent: 70 },
  }),
  stateful: workload(
    {
      kind: "stateful",
      command: null,
      ports: [{ port: 5432, protocol: "tcp", internal: true, external: false }],
      replicas: 2,
      volumes: [{ ...volume, name: "data", path: "/data", storageClass: "fast" }],
      graceSeconds: 60,
    },
    { component: database, componentName: "db", artifact: image },
  ),
  singleton: workload({
    kind: "stateful",
    volumes: [{ ...volume, name: "data", path: "/data" }],
    health: { ...defaultConfiguration.health, kind: "none" },
  }),
  daemon: workload({ kind: "daemon", health: { ...defaultConfiguration.health, kind: "none" } }),
  job: workload({ kind: "job", command: "node migrate.js", volumes: [{ ...volume, name: "work", path: "/work" }] }),
  cron: workload({ kind: "cron", schedule: { cron: "30 2 * * 7", overlap: "skip" } }),
} satisfies Record<string, Workload>;

export const builds: BuildsContext = {
  dataCenter: null,
  namespace: "pluvia-builds",
  image: "registry.example.org/builder:1",
  podSecurity: "restricted",
  memoryMib: 2_048,
  cpuMillis: 2_000,
  diskMib: 10_240,
  jobsMax: 10,
  reach: ["10.1.2.3/32"],
  otlpEndpoint: "http://10.1.2.3:4318",
};
const platform = { url: "https://pluvia.example.org" } as Parameters<typeof orderFor>[0];
export const buildOrder = orderFor(platform, {
  source: { kind: "git", url: "https://git.example.org/shop.git" },
  id: "bld_0000000000000001" as BuildOrder["id"],
});
