import { isChecked, steadySeconds } from "../../../domain/health-check.ts";
import type { Workload } from "../../../contract/agent.ts";
import type { ComponentKind } from "../../../contract/component.ts";
import { hasExclusive } from "../../../domain/configuration.ts";
import { serves } from "../versions.ts";
import type { RenderContext } from "./context.ts";
import { kubernetesCron } from "./cron.ts";
import type { Manifest } from "./manifest.ts";
import { componentLabels, jobNameFor, nameFor, namespaceFor, podsServiceFor, selectorFor } from "./names.ts";
import type { PodParts } from "./pod.ts";

/** Old revisions that can be gone back to without making anything anew. */
const revisionHistoryLimit = 3;
/** Beyond the time to get healthy: to find a node and fetch the image. */
const arrivalSeconds = 120;
/** A job that fails is tried again so often, with growing pauses. */
const backoffLimit = 3;
const runsKept = 3;
/** A run that could not begin for so long is left out. Without it the last one that was missed, as while it was stopped, would begin at once; and before 1.21 none any more after a hundred. */
const missedSeconds = 600;

type Make = (workload: Workload, context: RenderContext, pod: PodParts) => Manifest | null;

const replicasOf = ({ wanted, configuration }: Workload): number => (wanted === "stopped" ? 0 : configuration.replicas);
const isScaled = ({ wanted, configuration }: Workload): boolean => wanted === "running" && configuration.scaling !== null;
/** Left out while the autoscaler decides. */
const replicas = (w: Workload): object => (isScaled(w) ? {} : { replicas: replicasOf(w) });
const minReady = ({ configuration }: Workload): object => (isChecked(configuration) ? {} : { minReadySeconds: steadySeconds });
const metadataOf = (w: Workload, context: RenderContext, name = nameFor(w.component)) => ({
  name,
  namespace: namespaceFor(w.tenant),
  labels: componentLabels(w, context.dataCenter),
});
const jobSpec = (pod: PodParts): object => ({ backoffLimit, template: pod.template });

/**
 * No instance goes before its successor is ready. A volume that only one instance can have is handed over instead: the old one ends first.
 */
const deployment: Make = (w, context, pod) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: metadataOf(w, context),
  spec: {
    ...replicas(w),
    ...minReady(w),
    revisionHistoryLimit,
    progressDeadlineSeconds: w.configuration.health.startSeconds + arrivalSeconds,
    selector: { matchLabels: selectorFor(w.component) },
    strategy: hasExclusive(w.configuration)
      ? { type: "Recreate" }
      : { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: "25%" } },
    template: pod.template,
  },
});

const statefulSet: Make = (w, context, pod) => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: metadataOf(w, context),
  spec: {
    ...replicas(w),
    ...(serves(context.served, "statefulMinReady") && minReady(w)),
    revisionHistoryLimit,
    serviceName: podsServiceFor(w.component),
    podManagementPolicy: "OrderedReady",
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    selector: { matchLabels: selectorFor(w.component) },
    template: pod.template,
    ...(pod.claimTemplates.length > 0 && { volumeClaimTemplates: pod.claimTemplates }),
  },
});

/** One that is stopped has no object: there is no number to set to 0. */
const daemonSet: Make = (w, context, pod) =>
  w.wanted === "stopped"
    ? null
    : {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: metadataOf(w, context),
        spec: {
          ...minReady(w),
          revisionHistoryLimit,
          selector: { matchLabels: selectorFor(w.component) },
          updateStrategy: {
            type: "RollingUpdate",
            rollingUpdate: serves(context.served, "daemonSurge") ? { maxSurge: 1, maxUnavailable: 0 } : { maxUnavailable: 1 },
          },
          template: pod.template,
        },
      };

/** Its template cannot be changed: once it is there, only `parallelism` may be applied. 0 holds it, in every version. */
const job: Make = (w, context, pod) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: metadataOf(w, context, jobNameFor(w)),
  spec: { parallelism: w.wanted === "stopped" ? 0 : 1, completions: 1, ...jobSpec(pod) },
});

const overlaps = { allow: "Allow", skip: "Forbid", replace: "Replace" } as const;

const cronJob: Make = (w, context, pod) => {
  const schedule = w.configuration.schedule;
  if (schedule === null) return null;
  return {
    apiVersion: context.served.cronJob,
    kind: "CronJob",
    metadata: metadataOf(w, context),
    spec: {
      schedule: kubernetesCron(schedule.cron),
      ...(serves(context.served, "timeZone") && { timeZone: "Etc/UTC" }),
      concurrencyPolicy: overlaps[schedule.overlap],
      startingDeadlineSeconds: missedSeconds,
      suspend: w.wanted === "stopped",
      successfulJobsHistoryLimit: runsKept,
      failedJobsHistoryLimit: runsKept,
      jobTemplate: { metadata: { labels: componentLabels(w, context.dataCenter) }, spec: jobSpec(pod) },
    },
  };
};

/** What makes the pods of each kind. */
export const controllers: Readonly<Record<ComponentKind, Make>> = {
  stateless: deployment,
  stateful: statefulSet,
  daemon: daemonSet,
  job,
  cron: cronJob,
};
