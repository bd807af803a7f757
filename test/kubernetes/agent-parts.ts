import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { KubernetesClusterParts } from "../../shared/adapters/kubernetes/cluster.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { DataCenterId } from "../../shared/contract/id.ts";

/** Has sh, httpd, sleep and the like; every node holds it or can pull it. */
export const testImage = process.env.PLUVIA_TEST_IMAGE ?? "localhost/busybox:1";

export const withQuota = (
  quota: ReturnType<KubernetesClusterParts["namespace"]["quota"]>,
): KubernetesClusterParts["namespace"] => ({
  quota: () => quota,
  podSecurity: "baseline",
  agent: { namespace: "pluvia", serviceAccount: "pluvia-agent" },
  deniedCidrs: [],
  tcp: null,
});

/** What an agent of a test runs components with: commands are scripts for a shell. */
export const agentParts = (of: { client: Client; dataCenter: string; home: string }): KubernetesClusterParts => ({
  client: of.client,
  clock: systemClock(),
  random: Math.random,
  dataCenter: of.dataCenter as DataCenterId,
  home: of.home,
  imageOf: async ({ artifact, configuration }) => ({
    reference: artifact.kind === "image" ? artifact.reference : testImage,
    command: configuration.command === null ? [] : ["/bin/sh", "-c", configuration.command],
    variables: {},
    attachments: {},
  }),
  pin: async (reference) => reference,
  render: {
    gateway: { namespaceLabels: { "kubernetes.io/metadata.name": "pluvia" }, podLabels: { app: "pluvia-gateway" } },
    priorityClasses: null,
    podSecurity: "baseline",
    tcp: null,
  },
  tcpHost: "localhost",
  namespace: withQuota({ instances: 50, memoryMib: 16_384 }),
  leads: () => true,
  onError: () => {},
});
