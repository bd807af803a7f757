import { meant } from "../base/meant.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const prefix = "PLUVIA_";

/** After PLUVIA_, every variable that a program of ours reads or gives to another; a test compares them with the code. */
const names: readonly string[] = [
  "ADAPTERS",
  "AGENTS_IMAGE",
  "AGENT_HOME",
  "API_KEY",
  "APPLICATION",
  "BLOBS",
  "BROKER_NAME",
  "BROKER_URL",
  "BUILDERS_CLUSTER",
  "BUILDERS_SECURITY_GROUPS",
  "BUILDERS_SUBNETS",
  "BUILDERS_TASK",
  "BUILDER_ARCHIVE",
  "BUILDER_IMAGE",
  "BUILDS",
  "BUILDS_AT_ONCE",
  "BUILDS_DISK_MIB",
  "BUILDS_IMAGE",
  "BUILDS_KUBECONFIG",
  "BUILDS_MEMORY_MIB",
  "BUILDS_NAMESPACE",
  "BUILDS_POD_SECURITY",
  "BUILDS_PULL_SECRETS",
  "BUILDS_REACH",
  "BUILDS_SETTINGS_SECRET",
  "BUILD_CACHE",
  "BUILD_CACHE_BYTES",
  "BUILD_HIDDEN",
  "BUILD_MEMORY",
  "BUILD_POD",
  "BUILD_REACH",
  "BUILD_SETTINGS",
  "BUILD_TOKEN",
  "BUILD_TRUST",
  "CLOUD_URL",
  "CLUSTER",
  "COMPONENT",
  "CONNECTIONS_URL",
  "DATA_CENTER_REGISTRY",
  "DATA_CENTER_REGISTRY_PASSWORD",
  "DATA_CENTER_REGISTRY_PULL",
  "DATA_CENTER_REGISTRY_USERNAME",
  "DENIED_NETWORKS",
  "DOMAIN",
  "GATEWAY_PORT",
  "GIT_PASSWORD",
  "GIT_TOKEN",
  "GIT_USERNAME",
  "HEALTH_ADDRESS",
  "HIDDEN",
  "HOME",
  "HOST",
  "INSTANCE",
  "JOIN_TOKEN",
  "KEY",
  "LIMITS",
  "LOG",
  "MAIL_FROM",
  "METRICS_TOKEN",
  "NAMESPACE",
  "ORDER_URL",
  "ORIGINS",
  "PASSWORD",
  "POD_SECURITY",
  "PORT",
  "PRIVATE_HOSTS",
  "PROXIES",
  "PROXY_SECRET",
  "PUBLIC_PORT",
  "PUBLIC_URL",
  "REGISTRY",
  "REGISTRY_ARN",
  "REGISTRY_ROLE",
  "RELEASE",
  "REPLICA",
  "RUNNER_IMAGES",
  "STATUS_ADDRESS",
  "TABLE",
  "TCP",
  "TCP_HOST",
  "TENANT_ROLE",
  "TERMINAL",
  "UPGRADES",
  "URL",
];
/** Any name that begins so: of each queue, and of the tests. */
const families: readonly string[] = ["QUEUE_", "TEST_"];

/** Kubernetes tells pods of the services beside them, by names that are ours when the services are. */
function ofServices(environment: Environment): (name: string) => boolean {
  const services = Object.keys(environment).flatMap((name) => /^(.+)_SERVICE_HOST$/.exec(name)?.[1] ?? []);
  return (name) => services.some((service) => name.startsWith(`${service}_SERVICE_`) || name.startsWith(`${service}_PORT`));
}

/** What to say of variables that look like ours and are not, as when one is misspelt. Their values are nobody's business. */
export function strayVariables(environment: Environment): string[] {
  const isOfService = ofServices(environment);
  return Object.keys(environment)
    .filter((name) => name.toUpperCase().startsWith(prefix) && !isKnown(name) && !isOfService(name))
    .map((name) => {
      const near = meant(name.slice(prefix.length), names);
      return `${name} is not known and changes nothing.${near === undefined ? "" : ` Did you mean ${prefix}${near}?`}`;
    });
}

const isKnown = (name: string): boolean =>
  name.startsWith(prefix) &&
  (names.includes(name.slice(prefix.length)) || families.some((family) => name.startsWith(prefix + family)));

export const variableNames: readonly string[] = names.map((name) => prefix + name);
