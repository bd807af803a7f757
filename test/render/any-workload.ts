import * as fc from "fast-check";
import { Workload } from "../../shared/contract/agent.ts";
import type { Configuration } from "../../shared/contract/component.ts";

const idOf = (prefix: string) => fc.stringMatching(/^[0-9a-z]{16}$/).map((s) => `${prefix}_${s}`);
const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$/);
const resources = fc.record({ memoryMib: fc.integer({ min: 16, max: 65_536 }), cpuMillis: fc.integer({ min: 10, max: 64_000 }) });
const path = fc.stringMatching(/^(\/[a-z0-9_-]{1,8}){1,4}$/);
const variableName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/);
/** Every value is like no other text, so that it is found wherever it went. */
const secretValue = fc
  .tuple(fc.stringMatching(/^[0-9a-f]{12}$/), fc.string())
  .map(([mark, rest]) => `secret-${mark}${rest.replaceAll("\0", "")}`);
const variables = fc.dictionary(variableName, secretValue, { maxKeys: 5 });
const port = fc.record({
  port: fc.integer({ min: 1, max: 65_535 }),
  protocol: fc.constantFrom("http" as const, "tcp" as const),
  internal: fc.boolean(),
  external: fc.boolean(),
});
const label = fc.stringMatching(/^[a-z][a-z0-9]{0,10}(\.example\.com\/[a-z]{1,10})?$/);

const configuration: fc.Arbitrary<Configuration> = fc.record({
  command: fc.option(fc.string({ minLength: 1, maxLength: 50 })),
  ports: fc.uniqueArray(port, { selector: (p) => p.port, maxLength: 5 }),
  health: fc.record({
    kind: fc.constantFrom("http" as const, "tcp" as const, "none" as const),
    path,
    intervalSeconds: fc.integer({ min: 1, max: 300 }),
    timeoutSeconds: fc.integer({ min: 1, max: 60 }),
    failuresMax: fc.integer({ min: 1, max: 20 }),
    startSeconds: fc.integer({ min: 1, max: 1_800 }),
  }),
  replicas: fc.integer({ min: 0, max: 50 }),
  resources,
  dependencies: fc.constant([]),
  graceSeconds: fc.integer({ min: 0, max: 600 }),
  kind: fc.constantFrom("stateless" as const, "stateful" as const, "daemon" as const, "job" as const, "cron" as const),
  schedule: fc.record({
    cron: fc.constantFrom("* * * * *", "*/5 0 1 1 7", "0 3 * * 1-5"),
    overlap: fc.constantFrom("allow" as const, "skip" as const, "replace" as const),
  }),
  requests: fc.option(resources),
  volumes: fc.uniqueArray(
    fc.record({
      name,
      kind: fc.constantFrom("exclusive" as const, "shared" as const, "memory" as const),
      path,
      sizeMib: fc.integer({ min: 1, max: 16_777_216 }),
      storageClass: fc.option(name),
    }),
    { selector: (v) => v.name, maxLength: 4 },
  ),
  files: fc.uniqueArray(fc.record({ path, content: fc.string({ maxLength: 200 }), executable: fc.boolean() }), {
    selector: (f) => f.path,
    maxLength: 4,
  }),
  scaling: fc.option(
    fc.record({
      replicasMin: fc.integer({ min: 1, max: 50 }),
      replicasMax: fc.integer({ min: 1, max: 50 }),
      cpuPercent: fc.integer({ min: 5, max: 100 }),
    }),
  ),
  placement: fc.record({
    spread: fc.boolean(),
    nodeLabels: fc.dictionary(label, name, { maxKeys: 3 }),
    tolerations: fc.array(fc.record({ key: label, value: fc.option(name) }), { maxLength: 3 }),
  }),
  attachments: fc.uniqueArray(
    fc.record({
      name,
      kind: fc.constantFrom("init" as const, "sidecar" as const),
      image: fc.constant("registry.example.com/tool:1"),
      command: fc.option(fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 3 })),
      variables,
      resources,
    }),
    { selector: (a) => a.name, maxLength: 3 },
  ),
});

const artifact = fc.constantFrom(
  {
    kind: "slug" as const,
    digest: `sha256:${"0".repeat(64)}`,
    sizeBytes: 1,
    language: "node" as const,
    command: null,
    processes: {},
    variables: { NODE_ENV: "production" },
  },
  { kind: "image" as const, reference: "busybox:1", digest: null, command: null, variables: {} },
);

/** Whatever a data center may be asked to run. */
export const anyWorkload: fc.Arbitrary<Workload> = fc
  .record({
    version: fc.constant(1),
    tenant: idOf("tnt"),
    application: idOf("app"),
    applicationName: name,
    component: idOf("cmp"),
    componentName: name,
    generation: fc.integer({ min: 1 }),
    release: idOf("rel"),
    releaseNumber: fc.integer({ min: 1 }),
    artifact,
    configuration,
    variables,
    bindings: fc.array(
      fc.record({
        component: idOf("cmp"),
        port: fc.integer({ min: 1, max: 65_535 }),
        protocol: fc.constantFrom("http", "tcp"),
        alias: fc.stringMatching(/^[A-Z][A-Z0-9_]{0,39}$/),
      }),
      { maxLength: 3 },
    ),
    hosts: fc.constant([]),
    restart: fc.nat(),
    wanted: fc.constantFrom("running", "stopped"),
  })
  .map((w) => Workload.parse(w));

/** Holds for whatever there may be. */
export const always = <T>(any: fc.Arbitrary<T>, check: (value: T) => void): void =>
  fc.assert(fc.property(any, check), { numRuns: 100 });
