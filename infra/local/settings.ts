import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type BuildsContext, usualBuildSizes } from "../../shared/adapters/kubernetes/render/build-job.ts";
import { Fault } from "../../shared/base/fault.ts";
import { type PlatformRegistry, platformRegistryFrom } from "../../shared/domain/image/platform-registry.ts";

/** The project's own folder: serverless.yml, sources of the console, node_modules. */
export const project = path.resolve(import.meta.dirname, "../..");

export interface LocalSettings {
  /** Everything the platform keeps. */
  readonly home: string;
  readonly host: string;
  readonly port: number;
  /** Applications answer here, at `<name>.localhost`. */
  readonly gatewayPort: number;
  /** Where people reach the platform. */
  readonly url: string;
  readonly logLevel: string;
  /** Whoever has it may read /metrics; undefined: nobody may. */
  readonly metricsToken: string | undefined;
  /** aws: the functions keep what they keep there (infra/aws/environment.yml), as in the tests on emulators. */
  readonly adapters: "local" | "aws";
  /** Where images of what is built are kept for data centers that have no registry of their own; null: nowhere. */
  readonly registry: PlatformRegistry | null;
  /** A cluster whose jobs build; undefined: child processes do. */
  readonly builds: ClusterBuilds | undefined;
}

export interface ClusterBuilds extends BuildsContext {
  /** Text of a kubeconfig. */
  readonly kubeconfig: string;
}

/** The environment, read once. @throws Fault `invalid`. */
export function settingsOf(env: NodeJS.ProcessEnv): LocalSettings {
  const port = portOf("PLUVIA_PORT", env.PLUVIA_PORT, 7070);
  return {
    home: path.resolve(env.PLUVIA_HOME || path.join(project, ".pluvia")),
    host: env.PLUVIA_HOST || "127.0.0.1",
    port,
    gatewayPort: portOf("PLUVIA_GATEWAY_PORT", env.PLUVIA_GATEWAY_PORT, port + 1),
    url: urlOf(env.PLUVIA_URL || `http://localhost:${port}`),
    logLevel: env.PLUVIA_LOG || "info",
    metricsToken: env.PLUVIA_METRICS_TOKEN || undefined,
    registry: platformRegistryFrom(env.PLUVIA_REGISTRY),
    builds: env.PLUVIA_BUILDS_KUBECONFIG ? clusterBuildsOf(env.PLUVIA_BUILDS_KUBECONFIG, env) : undefined,
    adapters: env.PLUVIA_ADAPTERS === "aws" ? "aws" : "local",
  };
}

function clusterBuildsOf(file: string, env: NodeJS.ProcessEnv): ClusterBuilds {
  if (!existsSync(file))
    throw new Fault("invalid", `PLUVIA_BUILDS_KUBECONFIG names ${file}, and there is no such file.`, {
      next: "Correct the path, or leave it out to build on this machine.",
    });
  if (!env.PLUVIA_BUILDS_IMAGE)
    throw new Fault("invalid", "PLUVIA_BUILDS_IMAGE is missing: builds in a cluster need an image with the builder in it.", {
      next: "Set it to an image that the cluster can pull, or leave PLUVIA_BUILDS_KUBECONFIG out to build on this machine.",
    });
  return {
    kubeconfig: readFileSync(file, "utf8"),
    dataCenter: null,
    namespace: env.PLUVIA_BUILDS_NAMESPACE || "pluvia-builds",
    image: env.PLUVIA_BUILDS_IMAGE,
    podSecurity: env.PLUVIA_BUILDS_POD_SECURITY === "baseline" ? "baseline" : "restricted",
    ...usualBuildSizes,
    memoryMib: mibOf("PLUVIA_BUILDS_MEMORY_MIB", env, usualBuildSizes.memoryMib),
    diskMib: mibOf("PLUVIA_BUILDS_DISK_MIB", env, usualBuildSizes.diskMib),
    pullSecrets: listOf(env.PLUVIA_BUILDS_PULL_SECRETS),
    // Whom the platform trusts, builders do too.
    certificates: existsSync(env.NODE_EXTRA_CA_CERTS ?? "") ? readFileSync(String(env.NODE_EXTRA_CA_CERTS), "utf8") : undefined,
    otlpEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT || undefined,
    settingsSecret: env.PLUVIA_BUILDS_SETTINGS_SECRET || undefined,
    reach: listOf(env.PLUVIA_BUILDS_REACH),
  };
}
const listOf = (text = ""): readonly string[] => text.split(",").filter((word) => word !== "");

function mibOf(name: string, env: NodeJS.ProcessEnv, otherwise: number): number {
  const mib = env[name] ? Number(env[name]) : otherwise;
  if (Number.isInteger(mib) && mib >= 64) return mib;
  throw new Fault("invalid", `${name} is ${env[name]}, which is no size in MiB that a build can have.`, {
    next: `Set ${name} to a whole number from 64 on, or leave it out for ${otherwise}.`,
  });
}

function portOf(name: string, text: string | undefined, otherwise: number): number {
  const port = text ? Number(text) : otherwise;
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new Fault("invalid", `${name} is ${text ?? port}, which is no port.`, {
    next: `Set ${name} to a number between 1 and 65534.`,
  });
}

function urlOf(text: string): string {
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol) && url.pathname === "/") return url.origin;
  throw new Fault("invalid", `PLUVIA_URL is ${text}, which is no address of the platform.`, {
    next: "Set it to something like http://localhost:7070, or leave it out.",
  });
}
