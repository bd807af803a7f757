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
