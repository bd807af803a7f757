import type { Workload } from "../../../contract/agent.ts";
import type { RenderContext } from "./context.ts";
import { controllers } from "./controllers.ts";
import type { Manifest } from "./manifest.ts";
import { networkPolicyFor } from "./network.ts";
import { podFor } from "./pod.ts";
import { scalingFor } from "./scaling.ts";
import { servicesFor } from "./services.ts";

/**
 * Everything that a component is in a cluster, in the order to apply it; all of it in its tenant's namespace (see `namespaceManifests`). What is
 * there and not among it is to be removed, but for claims, whose data outlives a stop, and for jobs of former releases.
 */
export function render(workload: Workload, context: RenderContext): readonly Manifest[] {
  const pod = podFor(workload, context);
  const controller = controllers[workload.configuration.kind](workload, context, pod);
  return [
    ...pod.before,
    ...networkPolicyFor(workload, context),
    ...servicesFor(workload, context),
    ...(controller ? [controller] : []),
    ...scalingFor(workload, context),
  ];
}
