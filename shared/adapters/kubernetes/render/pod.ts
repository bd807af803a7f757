import type { Workload } from "../../../contract/agent.ts";
import { attachmentSecret, fileMaps, variablesSecret } from "./content.ts";
import { appFor, attachmentsFor, preStopSeconds } from "./containers.ts";
import { revisionOf } from "../revision.ts";
import type { RenderContext } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { annotations, architectureLabel, componentAccount, componentLabels, edgeLabel, labels, selectorFor } from "./names.ts";
import { podSecurityContext } from "./security.ts";
import { storageFor } from "./volumes.ts";

export interface PodTemplate {
  readonly metadata: {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}
export interface PodParts {
  /** What must be there before the first pod. */
  readonly before: readonly Manifest[];
  readonly template: PodTemplate;
  readonly claimTemplates: readonly object[];
}

/** How a pod of this workload is made: from its release, configuration, variables and restarts alone, so that it goes unchanged through all else. */
export function podFor(workload: Workload, context: RenderContext): PodParts {
  const { configuration } = workload;
  const secret = variablesSecret(workload, context);
  const attached = configuration.attachments
    .filter((a) => Object.keys(a.variables).length > 0)
    .map((a) => ({ name: a.name, secret: attachmentSecret(workload, context, a) }));
  const files = fileMaps(workload, context);
  const storage = storageFor(workload, context, files);
  const runsToEnd = configuration.kind === "job" || configuration.kind === "cron";
  const parts = {
    secrets: {
      app: secret.metadata.name,
      attachment: (name: string) => attached.find((a) => a.name === name)?.secret.metadata.name,
    },
    mounts: storage.mounts,
    serves: !runsToEnd,
  };
  const { before, beside } = attachmentsFor(workload, context, parts);
  const spec = {
    ...(context.image.pullSecret !== undefined && { imagePullSecrets: [{ name: context.image.pullSecret }] }),
    serviceAccountName: componentAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(context.priorityClasses && { priorityClassName: context.priorityClasses[runsToEnd ? "job" : "application"] }),
    restartPolicy: runsToEnd ? "Never" : "Always",
    terminationGracePeriodSeconds: graceFor(workload, runsToEnd),
    securityContext: podSecurityContext(workload.artifact, context.podSecurity),
    ...placementFor(workload),
    ...(before.length > 0 && { initContainers: before }),
    containers: [appFor(workload, context, parts), ...beside],
    ...(storage.podVolumes.length > 0 && { volumes: storage.podVolumes }),
  };
  return {
    before: [secret, ...attached.map((a) => a.secret), ...files.map((f) => f.manifest), ...storage.claims],
    template: templateFor(workload, context, spec),
    claimTemplates: storage.claimTemplates,
  };
}

/** The pause before the end is part of what Kubernetes counts. */
const graceFor = ({ configuration }: Workload, runsToEnd: boolean): number =>
  configuration.graceSeconds + (runsToEnd || configuration.ports.length === 0 ? 0 : preStopSeconds);

function templateFor(workload: Workload, context: RenderContext, spec: object): PodTemplate {
  const metadata = {
    labels: {
      ...componentLabels(workload, context.dataCenter),
      [labels.release]: workload.release,
      [labels.releaseNumber]: String(workload.releaseNumber),
      ...Object.fromEntries(workload.bindings.map((b) => [edgeLabel(b.component, b.port), ""])),
    },
    annotations: { [annotations.restart]: String(workload.restart) },
  };
  const revision = revisionOf(workload);
  return { metadata: { ...metadata, labels: { ...metadata.labels, [labels.revision]: revision } }, spec };
}

/** Which nodes it may run on, and that its instances should not share one, nor a zone. Those that they replace do not count: they are about to go. */
function placementFor(workload: Workload): object {
  const { placement, kind } = workload.configuration;
  const { architecture } = workload.artifact;
  const spread = (topologyKey: string): object => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: { ...selectorFor(workload.component), [labels.revision]: revisionOf(workload) } },
  });
  return {
    nodeSelector: {
      "kubernetes.io/os": "linux",
      ...(architecture !== undefined && { [architectureLabel]: architecture }),
      ...placement.nodeLabels,
    },
    ...(placement.tolerations.length > 0 && {
      tolerations: placement.tolerations.map(({ key, value }) =>
        value === null ? { key, operator: "Exists" } : { key, operator: "Equal", value },
      ),
    }),
    ...(placement.spread &&
      (kind === "stateless" || kind === "stateful") && {
        topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(spread),
      }),
  };
}
