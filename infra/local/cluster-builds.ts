import { kubernetesBuilds } from "../../shared/adapters/kubernetes/builds.ts";
import { kubernetesClient } from "../../shared/adapters/kubernetes/client.ts";
import { kubeconfig as accessOf } from "../../shared/adapters/kubernetes/kubeconfig.ts";
import { transport } from "../../shared/adapters/kubernetes/transport.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import type { BuildRunner } from "../../shared/ports/build-runner.ts";
import type { ClusterBuilds } from "./settings.ts";

/** Its builders go on while the platform is stopped. */
export const clusterBuildRunner = ({ kubeconfig, ...context }: ClusterBuilds): BuildRunner =>
  kubernetesBuilds({ client: kubernetesClient(transport(accessOf(kubeconfig))), context, clock: systemClock() });
