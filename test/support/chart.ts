import { parseAllDocuments } from "yaml";
import { chartFiles } from "../../infra/tools/generate-chart.ts";
import { renderTemplate } from "../../shared/domain/chart.ts";
import { parse } from "yaml";

export const chartFolder = "infra/kubernetes/pluvia-agents";
export const agentsNamespace = "pluvia";

// biome-ignore lint/suspicious/noExplicitAny: manifests are looked into freely by tests.
export type Manifest = { kind: string; apiVersion: string; metadata: { name: string; namespace?: string } } & Record<string, any>;
export type Values = Readonly<Record<string, unknown>>;

/** Values in values, as helm merges them. */
const merged = (under: Values, over: Values): Values =>
  Object.fromEntries(
    [...new Set([...Object.keys(under), ...Object.keys(over)])].map((key) => {
      const [a, b] = [under[key], over[key]];
      const areMaps = [a, b].every((v) => typeof v === "object" && v !== null && !Array.isArray(v));
      return [key, areMaps ? merged(a as Values, b as Values) : (b ?? a)];
    }),
  );

/** The chart's objects as the platform renders them. */
export function renderedChart(values: Values): { text: string; objects: Manifest[] } {
  const files = chartFiles(chartFolder);
  const facts = {
    values: merged(parse(files["values.yaml"] ?? ""), values),
    namespace: agentsNamespace,
    version: parse(files["Chart.yaml"] ?? "").version,
  };
  const text = Object.entries(files)
    .filter(([name]) => name.startsWith("templates/"))
    .map(([, template]) => renderTemplate(template, facts).trim())
    .filter((text) => text !== "")
    .join("\n---\n");
  return { text, objects: objectsOf(text) };
}

export const objectsOf = (text: string): Manifest[] =>
  parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`${document.errors}\n${text}`);
    const object: Manifest | null = document.toJS();
    return object ? [object] : [];
  });

/** Values that turn everything on. */
export const everyValue: Values = {
  cloudUrl: "https://pluvia.example.org",
  joinToken: "pluvia_join_0123456789abcdef",
  dataCenter: "dc_0000000000000001",
  imagePullSecrets: [{ name: "pull" }],
  nodeSelector: { disk: "fast" },
  tolerations: [{ key: "agents", operator: "Exists" }],
  priorityClassName: "system-cluster-critical",
  builds: {
    image: "registry.example.org/builder:1",
    pullSecrets: ["pull"],
    memoryMib: 4_096,
    namespace: "builds",
    reach: ["10.0.0.0/8"],
    settingsSecret: "mirrors",
  },
  proxyUrl: "http://proxy.example.org:3128",
  caBundle: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  gateway: {
    type: "LoadBalancer",
    nodePort: 30080,
    annotations: { a: 'b "c"' },
    domain: "apps.example.org",
    publicUrl: "https://apps.example.org",
  },
  registry: { url: "https://registry.example.org", pullFrom: "registry.example.org:443", credentialSecret: "registry" },
  runnerImages: { node: "registry.example.org/node:{version}" },
  upgrades: "manual",
  nodeUsage: true,
  deniedNetworks: ["10.0.0.0/8"],
};
