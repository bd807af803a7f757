import { capabilitiesOf } from "../../shared/adapters/kubernetes/capacity.ts";
import { discover } from "../../shared/adapters/kubernetes/versions.ts";
import { render } from "../../shared/adapters/kubernetes/render/render.ts";
import { clusters, context, samples } from "./workloads.ts";

/** A cluster that serves these kinds. */
const cluster = (minor: string, kinds: Record<string, readonly string[]>) =>
  ({
    kinds: async (apiVersion: string) => new Set(kinds[apiVersion] ?? []),
    transport: { json: async () => ({ major: "1", minor }) },
  }) as unknown as Parameters<typeof discover>[0];
const old = {
  "batch/v1": ["Job"],
  "batch/v1beta1": ["CronJob"],
  "policy/v1beta1": ["PodDisruptionBudget"],
  "autoscaling/v1": ["HorizontalPodAutoscaler"],
};

describe("P6: the versions of the API that a cluster serves", () => {
  test("are found by kind, for a group version may lack one; the newest is spoken", async () => {
    expect(await discover(cluster("20+", old))).toEqual({
      minor: 20,
      cronJob: "batch/v1beta1",
      disruptionBudget: "policy/v1beta1",
      autoscaler: "autoscaling/v1",
    });
    const newer = { ...old, "batch/v1": ["Job", "CronJob"], "policy/v1": ["PodDisruptionBudget"] };
    expect(await discover(cluster("24", newer))).toMatchObject({ minor: 24, cronJob: "batch/v1", disruptionBudget: "policy/v1" });
  });
  test("must be those of 1.20 at least", async () => {
    await expect(discover(cluster("19", old))).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringContaining("1.19"),
    });
    await expect(discover(cluster("?", old))).rejects.toMatchObject({ code: "invalid" });
    await expect(discover(cluster("30", { ...old, "policy/v1beta1": [] }))).rejects.toThrow(/PodDisruptionBudget/);
  });
  test("a schedule is in UTC where that can be said; where not, the data center tells so", () => {
    const found = [24, 25].map((minor) => {
      const served = { ...clusters["1.35"], minor };
      const cron = render(samples.cron, context(served)).find((m) => m.kind === "CronJob") as { spec?: { timeZone?: string } };
      const facts = { served, tcp: null, nodes: [], storageClasses: null, isMeasured: false, hasMetrics: false };
      return [cron.spec?.timeZone, capabilitiesOf(facts).find(({ name }) => name === "kinds")?.code];
    });
    expect(found).toEqual([
      [undefined, "capability.kinds-no-zone"],
      ["Etc/UTC", "capability.kinds"],
    ]);
  });
  test("an autoscaler of the oldest kind follows the CPU too", () => {
    const manifests = render(samples.autoscaled, context({ ...clusters["1.20"], autoscaler: "autoscaling/v1" }));
    expect(manifests.find((m) => m.kind === "HorizontalPodAutoscaler")).toMatchObject({
      apiVersion: "autoscaling/v1",
      spec: { minReplicas: 2, maxReplicas: 10, targetCPUUtilizationPercentage: 70 },
    });
  });
});
