import { type DesiredChange, Workload } from "../../../shared/contract/agent.ts";

const perTeam = 500;
/** A cluster has only so many addresses for Services, 4,094 by default: the rest has no port. */
const withPort = 3_500;
const id = (kind: string, n: number): string => `${kind}_${String(n).padStart(16, "0")}`;
export const dataCenter = id("dc", 1);

/** Nothing of it runs: it has no instances. */
const workloadOf = (n: number, generation: number): Workload =>
  Workload.parse({
    version: 1,
    tenant: id("tnt", Math.floor(n / perTeam)),
    application: id("app", n),
    applicationName: "bench",
    component: id("cmp", n),
    componentName: "web",
    generation,
    release: id("rel", generation),
    releaseNumber: generation,
    artifact: { kind: "image", reference: `localhost/busybox:${generation}`, digest: null, command: null, variables: {} },
    configuration: {
      command: "httpd -f -p 3000",
      ports: n < withPort ? [{ port: 3000, protocol: "http", internal: true, external: true }] : [],
      replicas: 0,
      graceSeconds: 10,
      resources: { memoryMib: 64, cpuMillis: 100 },
      dependencies: [],
      health: {
        kind: n < withPort ? "http" : "none",
        path: "/",
        intervalSeconds: 10,
        timeoutSeconds: 2,
        failuresMax: 3,
        startSeconds: 20,
      },
    },
    variables: { GREETING: "hello" },
    bindings: [],
    hosts: [],
    restart: 0,
    wanted: "running",
  });

/** Those from `from` to before `to`, in this generation. */
export const changesOf = (from: number, to: number, generation: number): DesiredChange[] =>
  Array.from({ length: to - from }, (_, at) => {
    const workload = workloadOf(from + at, generation);
    const { tenant, component } = workload;
    return { tenant, component, generation, sequence: generation, workload };
  });
