import type { Workload } from "../../../contract/agent.ts";
import type { Port } from "../../../contract/component.ts";
import type { RenderContext } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { componentLabels, nameFor, namespaceFor, podsServiceFor, portName, selectorFor, tcpServiceFor } from "./names.ts";

const portsOf = (ports: readonly Port[]): object[] =>
  ports.map(({ port, protocol }) => ({
    name: portName(port),
    port,
    targetPort: port,
    protocol: "TCP",
    ...(protocol === "http" && { appProtocol: "http" }),
  }));

const service = (w: Workload, context: RenderContext, name: string, spec: object): Manifest => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: namespaceFor(w.tenant), labels: componentLabels(w, context.dataCenter) },
  spec: { ...spec, selector: selectorFor(w.component) },
});

/** A gateway tells applications apart by their names, which TCP does not carry: each port needs an entrance of its own. */
export const externalTcp = (ports: readonly Port[]): readonly Port[] => ports.filter((p) => p.external && p.protocol === "tcp");

/**
 * One address for the internal ports, and one for external TCP ports, both kept while it is stopped; and a name for each instance of a stateful
 * component. Gateways go to instances by themselves.
 */
export function servicesFor(w: Workload, context: RenderContext): Manifest[] {
  const { kind, ports } = w.configuration;
  if (kind === "job" || kind === "cron") return [];
  const internal = ports.filter((p) => p.internal);
  const entrances = context.tcp === null ? [] : externalTcp(ports);
  return [
    ...(internal.length > 0 ? [service(w, context, nameFor(w.component), { type: "ClusterIP", ports: portsOf(internal) })] : []),
    ...(entrances.length > 0
      ? [service(w, context, tcpServiceFor(w.component), { type: context.tcp, ports: portsOf(entrances) })]
      : []),
    ...(kind === "stateful" ? [service(w, context, podsServiceFor(w.component), headless(ports))] : []),
  ];
}
/** Instances find each other before they are ready. */
const headless = (ports: readonly Port[]): object => ({
  clusterIP: "None",
  publishNotReadyAddresses: true,
  ...(ports.length > 0 && { ports: portsOf(ports) }),
});
