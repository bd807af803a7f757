import type * as z from "zod";
import { type Application, Component } from "../../shared/contract/component.ts";
import type { Operation } from "../../shared/contract/operation.ts";

const at = "2026-11-21T12:00:00.000Z";

export const applicationRecord = (more: Partial<z.input<typeof Application>> = {}): z.input<typeof Application> => ({
  id: "app_0000000000000001",
  tenant: "tnt_0000000000000001",
  name: "shop",
  description: "",
  createdAt: at,
  removing: false,
  generation: 1,
  ...more,
});

export const componentRecord = (more: Partial<z.input<typeof Component>> = {}): Component =>
  Component.parse({
    id: "cmp_0000000000000001",
    tenant: "tnt_0000000000000001",
    application: "app_0000000000000001",
    name: "web",
    dataCenter: "dc_0000000000000001",
    source: { kind: "push" },
    credential: null,
    language: null,
    configuration: {
      command: null,
      ports: [{ port: 8080, protocol: "http", internal: true, external: true }],
      health: { kind: "http" },
      replicas: 1,
      resources: { memoryMib: 256, cpuMillis: 500 },
      dependencies: [],
      graceSeconds: 10,
    },
    wanted: "running",
    status: "running",
    advice: [],
    instances: [],
    url: "http://web-shop.localhost:7071",
    addresses: [],
    release: { id: "rel_0000000000000001", number: 3 },
    operation: null,
    build: null,
    undeployed: false,
    removing: false,
    repositoryUrl: null,
    createdAt: at,
    generation: 4,
    observedGeneration: 4,
    sequence: 9,
    ...more,
  });

export const operationRecord = (more: Partial<z.input<typeof Operation>> = {}): z.input<typeof Operation> => ({
  id: "op_0000000000000001",
  tenant: "tnt_0000000000000001",
  application: "app_0000000000000001",
  component: "cmp_0000000000000001",
  kind: "deploy",
  state: "running",
  steps: [],
  target: null,
  build: null,
  release: null,
  failure: null,
  actor: { kind: "user", id: "usr_0000000000000001", name: "Ada" },
  createdAt: at,
  deadline: "2026-11-21T12:30:00.000Z",
  endedAt: null,
  generation: 1,
  ...more,
});
