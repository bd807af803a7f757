import type { BuildTask } from "../../shared/contract/agent.ts";
import type { Cluster } from "../../shared/ports/cluster.ts";

/** Changes nothing once `assertLeads` throws: another replica leads, and may know better what is wanted. */
export const fenced = (cluster: Cluster, assertLeads: () => unknown): Cluster => ({
  ...cluster,
  apply: async (workload) => {
    assertLeads();
    await cluster.apply(workload);
  },
  remove: async (component) => {
    assertLeads();
    await cluster.remove(component);
  },
  changeNode: async (node, change) => {
    assertLeads();
    return cluster.changeNode(node, change);
  },
});

interface Builders {
  start(task: BuildTask): Promise<string>;
  keepOnly(tasks: readonly BuildTask[]): Promise<void>;
}

/** As `fenced`: another replica may know of builders that this one has not heard of. */
export const fencedBuilds = <B extends Builders>(builds: B, assertLeads: () => unknown): B => ({
  ...builds,
  start: async (task: BuildTask) => {
    assertLeads();
    return builds.start(task);
  },
  keepOnly: async (tasks: readonly BuildTask[]) => {
    assertLeads();
    await builds.keepOnly(tasks);
  },
});
