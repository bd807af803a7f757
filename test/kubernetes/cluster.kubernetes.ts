import { clusterSuite, shellAdds } from "../contract/cluster.suite.ts";
import { bench, programs } from "./bench.ts";
import { describeOnKubernetes } from "./support.ts";

describeOnKubernetes("on a real cluster", () => {
  clusterSuite("kubernetes", shellAdds, async () => {
    const it = await bench();
    return {
      cluster: it.cluster,
      workload: async (program, generation, change) =>
        it.workload(programs[program]("yes"), generation, { ...change, health: { startSeconds: program === "hangs" ? 1 : 20 } }),
      pass: async () => {},
      close: () => it.end(),
    };
  });
});
