import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { type BuildsContext, usualBuildSizes } from "../shared/adapters/kubernetes/render/build-job.ts";
import { parseRunnerImages, type RunnerImages } from "../shared/domain/image/runner.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Read once, by main.ts. */
export interface Settings {
  readonly cluster: "processes" | "kubernetes";
  readonly home: string;
  /** What no application may see, beside our own home: all that the platform keeps on this machine. */
  readonly hidden: string | undefined;
  readonly cloudUrl: string;
  readonly joinToken: string | undefined;
  readonly gatewayPort: number;
  /** Of the status service (gRPC). */
  readonly statusAddress: string;
  /** Origins of the console, whose pages may open streams; on one machine the first one's host is where browsers find it. */
  readonly origins: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly kubernetes: KubernetesSettings;
}

/** What only agents in a Kubernetes cluster need. */
interface KubernetesSettings {
  /** Text of a kubeconfig; null: the service account of the pod we run in. */
  readonly kubeconfig: string | null;
  /** Where the agents live and keep what they share. */
  readonly namespace: string;
  /** Of this replica; no other one has it. */
  readonly replica: string;
  readonly healthAddress: string;
  /** Where other replicas reach this one. */
  readonly host: string;
  /** `<label>.<domain>` is where applications answer. */
  readonly domain: string;
  /** Where people reach the gateway; applications at `<label>.<domain>` with its scheme and port. */
  readonly publicUrl: string;
  /** What gives external TCP ports an address, and the name that leads to the nodes. */
  readonly tcp: "NodePort" | "LoadBalancer" | null;
  readonly tcpHost: string;
  /** Where slugs are pushed as images, and the name that nodes pull them by; undefined: only images that have a registry run here. */
  readonly registry: RegistrySettings | undefined;
  /** Where source is built, by which image, and which private networks builds reach; undefined: not here. */
  readonly builds: Omit<BuildsContext, "dataCenter" | "command" | "cpuMillis" | "jobsMax"> | undefined;
  /** What slugs run on, by language. */
  readonly runnerImages: RunnerImages;
  /** Whether the agents bring themselves to the version that the platform would like. */
  readonly upgrades: "automatic" | "manual";
  readonly podSecurity: BuildsContext["podSecurity"];
  /** Networks that applications may not reach. */
  readonly deniedNetworks: readonly string[];
}

export interface RegistrySettings {
  readonly url: string;
  readonly pullFrom: string;
  /** undefined: the registry asks the agents themselves who may do what (or nobody). */
  readonly credential: { readonly username: string; readonly password: string } | undefined;
}

function registryOf(env: Environment): RegistrySettings | undefined {
  const url = env["PLUVIA_DATA_CENTER_REGISTRY"];
  if (!url) return undefined;
  const [username, password] = [env["PLUVIA_DATA_CENTER_REGISTRY_USERNAME"], env["PLUVIA_DATA_CENTER_REGISTRY_PASSWORD"]];
  return {
    url,
    pullFrom: env["PLUVIA_DATA_CENTER_REGISTRY_PULL"] || new URL(url).host,
    credential: username && password ? { username, password } : undefined,
  };
}

/** The chart's: where the agents need one to reach the platform, builders do too. */
const proxyOf = (env: Environment): Record<string, string> =>
  env["NODE_USE_ENV_PROXY"] !== "1"
    ? {}
    : Object.fromEntries(
        ["NODE_USE_ENV_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"].flatMap((name) => {
          const value = env[name];
          return value ? [[name, value]] : [];
        }),
      );

function buildsOf(env: Environment): KubernetesSettings["builds"] {
  const image = env["PLUVIA_BUILDS_IMAGE"];
  if (!image) return undefined;
  const extra = env["NODE_EXTRA_CA_CERTS"];
  return {
    image,
    pullSecrets: namesIn(env["PLUVIA_BUILDS_PULL_SECRETS"]),
    namespace: env["PLUVIA_BUILDS_NAMESPACE"] || "pluvia-builds",
    podSecurity: levelOf(env["PLUVIA_BUILDS_POD_SECURITY"]),
    memoryMib: Number(env["PLUVIA_BUILDS_MEMORY_MIB"] || usualBuildSizes.memoryMib),
    diskMib: Number(env["PLUVIA_BUILDS_DISK_MIB"] || usualBuildSizes.diskMib),
    reach: namesIn(env["PLUVIA_BUILDS_REACH"]),
    settingsSecret: env["PLUVIA_BUILDS_SETTINGS_SECRET"] || undefined,
    proxy: proxyOf(env),
    // Whom the agents trust, builders do too.
    certificates: extra ? readFileSync(extra, "utf8") : undefined,
    otlpEndpoint: env["OTEL_EXPORTER_OTLP_ENDPOINT"] || undefined,
  };
}
const namesIn = (text: string | undefined): readonly string[] => z.array(z.string()).parse(JSON.parse(text || "[]"));
const levelOf = (text: string | undefined): BuildsContext["podSecurity"] => (text === "baseline" ? "baseline" : "restricted");

const gatewayPortOf = (env: Environment): number => Number(env["PLUVIA_GATEWAY_PORT"] ?? 7071);

function kubernetesOf(env: Environment): KubernetesSettings {
  const kubeconfig = env["KUBECONFIG"];
  const domain = env["PLUVIA_DOMAIN"] || "localhost";
  return {
    kubeconfig: kubeconfig ? readFileSync(kubeconfig, "utf8") : null,
    namespace: env["PLUVIA_NAMESPACE"] ?? "pluvia",
    replica: env["PLUVIA_REPLICA"] ?? `replica-${process.pid}`,
    healthAddress: env["PLUVIA_HEALTH_ADDRESS"] ?? "127.0.0.1:0",
    host: env["PLUVIA_HOST"] || "127.0.0.1",
    domain,
    publicUrl: env["PLUVIA_PUBLIC_URL"] || `http://${domain}:${env["PLUVIA_PUBLIC_PORT"] || gatewayPortOf(env)}`,
    tcp: z.enum(["NodePort", "LoadBalancer"]).safeParse(env["PLUVIA_TCP"]).data ?? null,
    tcpHost: env["PLUVIA_TCP_HOST"] || domain,
    registry: registryOf(env),
    builds: buildsOf(env),
    runnerImages: parseRunnerImages(env["PLUVIA_RUNNER_IMAGES"]),
    upgrades: env["PLUVIA_UPGRADES"] === "manual" ? "manual" : "automatic",
    podSecurity: levelOf(env["PLUVIA_POD_SECURITY"]),
    deniedNetworks: namesIn(env["PLUVIA_DENIED_NETWORKS"]),
  };
}

export function settingsOf(env: Environment): Settings {
  return {
    cluster: env["PLUVIA_CLUSTER"] === "kubernetes" ? "kubernetes" : "processes",
    home: env["PLUVIA_AGENT_HOME"] ?? join(process.cwd(), ".pluvia", "agent"),
    hidden: env["PLUVIA_HIDDEN"],
    cloudUrl: env["PLUVIA_CLOUD_URL"] ?? "http://localhost:7070",
    joinToken: env["PLUVIA_JOIN_TOKEN"] || undefined,
    gatewayPort: gatewayPortOf(env),
    statusAddress: env["PLUVIA_STATUS_ADDRESS"] ?? "127.0.0.1:0",
    origins: (env["PLUVIA_ORIGINS"] ?? new URL(env["PLUVIA_CLOUD_URL"] ?? "http://localhost:7070").origin).split(","),
    environment: { ...env },
    kubernetes: kubernetesOf(env),
  };
}
