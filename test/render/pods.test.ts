import { kubernetesCron } from "../../shared/adapters/kubernetes/render/cron.ts";
import type { Manifest } from "../../shared/adapters/kubernetes/render/manifest.ts";
import { podFor } from "../../shared/adapters/kubernetes/render/pod.ts";
import { probesFor } from "../../shared/adapters/kubernetes/render/probes.ts";
import { resourcesFor } from "../../shared/adapters/kubernetes/render/quantities.ts";
import { render } from "../../shared/adapters/kubernetes/render/render.ts";
import type { Workload } from "../../shared/contract/agent.ts";
import { defaultConfiguration } from "../../shared/domain/component.ts";
import { always, anyWorkload } from "./any-workload.ts";
import { clusters, context, samples, workload } from "./workloads.ts";

const cluster = context(clusters["1.35"]);

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly object[];
  readonly securityContext: {
    readonly allowPrivilegeEscalation: boolean;
    readonly capabilities: { readonly drop: readonly string[] };
  };
  readonly resources: Readonly<Record<"requests" | "limits", Readonly<Record<string, string>>>>;
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
  readonly securityContext: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly seccompProfile: { readonly type: string };
  };
  readonly nodeSelector: Readonly<Record<string, string>>;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
}
const specOf = (w: Workload, c = cluster): PodSpec => podFor(w, c).template.spec as PodSpec;
const dataOf = (manifests: readonly Manifest[], kind: string): Record<string, string>[] =>
  manifests.filter((m) => m.kind === kind).map((m) => m["data"] as Record<string, string>);

describe("pods", () => {
  test("C4: what was built for a processor goes to nodes that have it, unless its placement says otherwise", () => {
    const one = workload({});
    const built = (nodeLabels: Record<string, string> = {}) => ({
      ...one,
      artifact: { ...one.artifact, architecture: "arm64" },
      configuration: { ...one.configuration, placement: { ...one.configuration.placement, nodeLabels } },
    });
    expect(specOf(one).nodeSelector).toEqual({ "kubernetes.io/os": "linux" });
    expect(specOf(built()).nodeSelector).toEqual({ "kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64" });
    expect(specOf(built({ "kubernetes.io/arch": "amd64" })).nodeSelector).toEqual({
      "kubernetes.io/os": "linux",
      "kubernetes.io/arch": "amd64",
    });
  });
  test("E1: of any workload pass the restricted pod security standard, and have no token", () => {
    always(anyWorkload, (w) => {
      const spec = specOf(w);
      expect(spec.securityContext.runAsNonRoot).toBe(true);
      expect(spec.securityContext.seccompProfile.type).toBe("RuntimeDefault");
      expect(spec.automountServiceAccountToken).toBe(false);
      for (const { securityContext } of [...spec.containers, ...(spec.initContainers ?? [])]) {
        expect(securityContext.allowPrivilegeEscalation).toBe(false);
        expect(securityContext.capabilities.drop).toEqual(["ALL"]);
      }
      const allowed = ["name", "configMap", "emptyDir", "persistentVolumeClaim", "projected"];
      for (const volume of spec.volumes ?? []) expect(allowed).toEqual(expect.arrayContaining(Object.keys(volume)));
    });
  });

  test("of images run as the image says where the data center allows it; those of slugs never as root", () => {
    const open = context(clusters["1.35"], { podSecurity: "baseline" });
    expect(specOf(samples.stateful, open).securityContext).not.toHaveProperty("runAsNonRoot");
    expect(specOf(samples.stateful, open).securityContext).not.toHaveProperty("runAsUser");
    expect(specOf(samples.stateless, open).securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10_001 });
  });

  test("get what programs get in the embedded data center; what a person set wins over the build's, the platform's over all", () => {
    const w = workload(
      {
        ports: [
          { port: 7_000, protocol: "tcp", internal: true, external: false },
          { port: 8_080, protocol: "http", internal: false, external: true },
        ],
      },
      { variables: { A: "own", PORT: "1", PLUVIA_RELEASE: "forged" } },
    );
    const built = { ...cluster, image: { ...cluster.image, variables: { A: "built", B: "built" } } };
    const [data = {}] = dataOf(render(w, built), "Secret");
    const open = Object.fromEntries(Object.entries(data).map(([k, v]) => [k, Buffer.from(v, "base64").toString()]));
    expect(open).toEqual({
      A: "own",
      B: "built",
      PLUVIA_APPLICATION: "shop",
      PLUVIA_COMPONENT: "web",
      PLUVIA_RELEASE: "forged",
      PORT: "8080",
      PORT_7000: "7000",
      PORT_8080: "8080",
    });
    // What a container says itself goes before what it takes from a Secret.
    expect(specOf(w, built).containers[0]?.env).toContainEqual({ name: "PLUVIA_RELEASE", value: "7" });
  });

  test("get a command as it is written: a dollar is no reference of Kubernetes", () => {
    const image = { ...cluster.image, command: ["/bin/sh", "-c", 'echo $$ $(date) "$PORT"'] };
    expect(specOf(workload({}), { ...cluster, image }).containers[0]?.command).toEqual([
      "/bin/sh",
      "-c",
      'echo $$$$ $$(date) "$$PORT"',
    ]);
  });

  test("of an image give its entry point the command as arguments, as elsewhere", () => {
    const [app] = specOf({ ...samples.stateful }, cluster).containers;
    expect(app).toMatchObject({ args: ["node", "server.js"] });
    expect(app).not.toHaveProperty("command");
    expect(specOf(samples.stateful, { ...cluster, image: { ...cluster.image, command: [] } }).containers[0]).not.toHaveProperty(
      "args",
    );
  });

  test("ask for no more than they may have, and for something", () => {
    always(anyWorkload, (w) => {
      const { resources, requests } = w.configuration;
      const read = (quantity = ""): number =>
        Number.parseFloat(quantity) * ({ m: 1, Mi: 1, Gi: 1_024, Ti: 1_048_576 }[quantity.replace(/[\d.]+/, "")] ?? 1_000);
      const made = resourcesFor({ resources, requests });
      expect(read(made.limits["memory"])).toBe(resources.memoryMib);
      expect(read(made.limits["cpu"])).toBe(resources.cpuMillis);
      for (const name of ["memory", "cpu"]) {
        expect(read(made.requests[name])).toBeGreaterThan(0);
        expect(read(made.requests[name])).toBeLessThanOrEqual(read(made.limits[name]));
      }
    });
  });

  test("W3: have as long as they were given to end, after traffic has turned away", () => {
    expect(specOf(samples.stateful).terminationGracePeriodSeconds).toBe(65);
    expect(specOf(samples.job).terminationGracePeriodSeconds).toBe(defaultConfiguration.graceSeconds);
  });

  test("get all their configuration files, however large they are together", () => {
    const files = Array.from({ length: 20 }, (_, i) => ({
      path: `/etc/f${i}`,
      content: `${i}`.padEnd(262_144, "é"),
      executable: i === 3,
    }));
    const manifests = render(workload({ files }), cluster);
    const maps = dataOf(manifests, "ConfigMap");
    for (const map of maps) expect(Buffer.byteLength(JSON.stringify(map))).toBeLessThan(2 ** 20);
    expect(Object.values(Object.assign({}, ...maps) as object).sort()).toEqual(files.map((f) => f.content).sort());
  });

  test("of a sidecar start and end around the program where the cluster can do that, and beside it elsewhere", () => {
    expect(specOf(samples.stateless).initContainers?.map((c) => c.name)).toEqual(["attachment-migrate", "attachment-proxy"]);
    const old = specOf(samples.stateless, context(clusters["1.20"]));
    expect(old.initContainers?.map((c) => c.name)).toEqual(["attachment-migrate"]);
    expect(old.containers.map((c) => c.name)).toEqual(["app", "attachment-proxy"]);
  });
});

describe("W2: a schedule", () => {
  test("leaves out a run that it missed: who starts it again starts no run of before, however many were missed", () => {
    for (const served of Object.values(clusters)) {
      const [cron] = render(samples.cron, context(served)).filter(({ kind }) => kind === "CronJob");
      expect(cron?.["spec"]).toMatchObject({ startingDeadlineSeconds: 600 });
    }
  });
});

describe("a health check becomes probes", () => {
  const ports = [{ port: 80, protocol: "http" as const, internal: true, external: false }];
  const check = {
    kind: "http",
    path: "/ok",
    intervalSeconds: 10,
    timeoutSeconds: 2,
    failuresMax: 2,
    startSeconds: 1_800,
  } as const;

  test("a start may take as long as it was given, and is seen soon", () => {
    for (const startSeconds of [1, 60, 299, 301, 1_800]) {
      const { startupProbe } = probesFor({ ports, health: { ...check, startSeconds } });
      const { periodSeconds, failureThreshold } = startupProbe as { periodSeconds: number; failureThreshold: number };
      expect(periodSeconds * failureThreshold).toBeGreaterThanOrEqual(startSeconds);
      expect(periodSeconds * failureThreshold).toBeLessThan(startSeconds + periodSeconds);
      expect(periodSeconds).toBeLessThanOrEqual(6);
    }
  });
  test("one that fails leaves the traffic first, and is started anew only when it stays so", () => {
    const { readinessProbe, livenessProbe } = probesFor({ ports, health: { ...check, startSeconds: 60 } });
    expect(readinessProbe).toMatchObject({
      failureThreshold: 2,
      periodSeconds: 10,
      timeoutSeconds: 2,
      httpGet: { path: "/ok", port: 80 },
    });
    expect(livenessProbe).toMatchObject({ failureThreshold: 8, periodSeconds: 10 });
  });
  test("none where being alive is enough, or nothing listens", () => {
    expect(probesFor({ ports, health: { ...check, kind: "none" } })).toEqual({});
    expect(probesFor({ ports: [], health: check })).toEqual({});
    expect(probesFor({ ports, health: { ...check, kind: "tcp", port: 81 } })["readinessProbe"]).toMatchObject({
      tcpSocket: { port: 81 },
    });
  });
});

test.each([
  ["30 2 * * 7", "30 2 * * 0"],
  ["0 0 * * 5-7", "0 0 * * 5,6,0"],
  ["0 0 * * 0-7", "0 0 * * 0,1,2,3,4,5,6"],
  ["0 0 * * 1-7/3", "0 0 * * 1,4,0"],
  ["0 0 7 * 1-5", "0 0 7 * 1-5"],
  ["*/5 7 * 7 MON,7", "*/5 7 * 7 MON,0"],
])("the crontab %s is %s to Kubernetes, which counts days from 0 to 6", (cron, expected) => {
  expect(kubernetesCron(cron)).toBe(expected);
});
