import type { Workload } from "../../../contract/agent.ts";
import type { ScalingPolicy } from "../../../contract/component.ts";
import type { RenderContext } from "./context.ts";
import type { Manifest } from "./manifest.ts";
import { componentLabels, nameFor, namespaceFor, selectorFor } from "./names.ts";

const scalable = { stateless: "Deployment", stateful: "StatefulSet", daemon: null, job: null, cron: null } as const;

const metadataOf = (w: Workload, context: RenderContext) => ({
  name: nameFor(w.component),
  namespace: namespaceFor(w.tenant),
  labels: componentLabels(w, context.dataCenter),
});

/** autoscaling/v1 knows CPU alone; the later ones list metrics. */
const target = (apiVersion: string, { cpuPercent }: ScalingPolicy): object =>
  apiVersion === "autoscaling/v1"
    ? { targetCPUUtilizationPercentage: cpuPercent }
    : {
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: cpuPercent } } },
        ],
      };

/** The number of instances follows their load, and not all of them are taken away at a time when a node is emptied. Neither is needed while it is stopped. */
export function scalingFor(w: Workload, context: RenderContext): Manifest[] {
  const { kind, scaling, replicas } = w.configuration;
  const controller = scalable[kind];
  if (controller === null || w.wanted === "stopped") return [];
  return [
    ...(scaling ? [autoscaler(w, context, scaling, controller)] : []),
    ...((scaling?.replicasMin ?? replicas) > 1 ? [disruptionBudget(w, context)] : []),
  ];
}

const autoscaler = (w: Workload, context: RenderContext, policy: ScalingPolicy, kind: string): Manifest => ({
  apiVersion: context.served.autoscaler,
  kind: "HorizontalPodAutoscaler",
  metadata: metadataOf(w, context),
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind, name: nameFor(w.component) },
    minReplicas: policy.replicasMin,
    maxReplicas: Math.max(policy.replicasMin, policy.replicasMax),
    ...target(context.served.autoscaler, policy),
  },
});

const disruptionBudget = (w: Workload, context: RenderContext): Manifest => ({
  apiVersion: context.served.disruptionBudget,
  kind: "PodDisruptionBudget",
  metadata: metadataOf(w, context),
  spec: { maxUnavailable: 1, selector: { matchLabels: selectorFor(w.component) } },
});
