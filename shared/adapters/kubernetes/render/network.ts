import type { Workload } from "../../../contract/agent.ts";
import type { Port } from "../../../contract/component.ts";
import type { RenderContext } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { externalTcp } from "./services.ts";
import { componentLabels, edgeLabel, nameFor, namespaceFor, selectorFor } from "./names.ts";

const tcp = (ports: readonly Port[]): object[] => ports.map(({ port }) => ({ protocol: "TCP", port }));

/**
 * What may reach it, the tenant's namespace being shut: dependents at exactly the internal ports they declared, the gateway at external ports,
 * other instances of a stateful component, and anyone at external TCP ports where these have an entrance.
 */
export function networkPolicyFor(w: Workload, { dataCenter, gateway, tcp: entrance }: RenderContext): Manifest[] {
  const { kind, ports } = w.configuration;
  const external = ports.filter((p) => p.external);
  const open = entrance === null ? [] : externalTcp(ports);
  const ingress = [
    ...ports
      .filter((p) => p.internal)
      .map((p) => ({ from: [{ podSelector: { matchLabels: { [edgeLabel(w.component, p.port)]: "" } } }], ports: tcp([p]) })),
    ...(external.length > 0
      ? [
          {
            from: [
              { namespaceSelector: { matchLabels: gateway.namespaceLabels }, podSelector: { matchLabels: gateway.podLabels } },
            ],
            ports: tcp(external),
          },
        ]
      : []),
    // Nodes and load balancers pass on whoever comes, under the sender's address or their own.
    ...(open.length > 0 ? [{ ports: tcp(open) }] : []),
    ...(kind === "stateful" && ports.length > 0
      ? [{ from: [{ podSelector: { matchLabels: selectorFor(w.component) } }], ports: tcp(ports) }]
      : []),
  ];
  if (ingress.length === 0) return [];
  return [
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: nameFor(w.component), namespace: namespaceFor(w.tenant), labels: componentLabels(w, dataCenter) },
      spec: { podSelector: { matchLabels: selectorFor(w.component) }, policyTypes: ["Ingress"], ingress },
    },
  ];
}
