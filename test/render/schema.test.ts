import { buildJob, buildSecret, buildsNamespaceManifests } from "../../shared/adapters/kubernetes/render/build-job.ts";
import type { Manifest } from "../../shared/adapters/kubernetes/render/manifest.ts";
import { namespaceManifests } from "../../shared/adapters/kubernetes/render/namespace.ts";
import { render } from "../../shared/adapters/kubernetes/render/render.ts";
import { problemsOf } from "./schema.ts";
import { buildOrder, builds, clusters, context, namespaceContext, samples, tenant } from "./workloads.ts";

const newest = context(clusters["1.35"]);
const cases = Object.entries(samples).flatMap(([name, sample]) =>
  (["running", "stopped"] as const).map((wanted) => ({ name, workload: { ...sample, wanted } })),
);

describe("P6: a cluster of the newest version takes", () => {
  test.each(cases)("$name, $workload.wanted", ({ workload }) => {
    expect(render(workload, newest).flatMap(problemsOf)).toEqual([]);
  });
  test("builds", () => {
    const manifests = [
      ...buildsNamespaceManifests(builds),
      buildSecret(buildOrder, builds, { uid: "0" }),
      buildJob(buildOrder, builds),
    ];
    expect(manifests.flatMap(problemsOf)).toEqual([]);
  });
  test("a tenant's namespace", () => {
    expect(namespaceManifests(tenant, namespaceContext).flatMap(problemsOf)).toEqual([]);
  });
  test("nothing that its schemas do not have", () => {
    const cron = render(samples.cron, newest).find((m) => m.kind === "CronJob") as Manifest & { readonly spec: object };
    expect(problemsOf({ ...cron, spec: { ...cron.spec, timezone: "Etc/UTC" } })).toEqual([".spec.timezone is unknown"]);
    expect(problemsOf({ ...cron, spec: { ...cron.spec, suspend: "yes" } })).toEqual([
      expect.stringContaining("/spec/suspend must be boolean"),
    ]);
    expect(problemsOf({ ...cron, apiVersion: "batch/v1beta1" })).toEqual(["there is no schema of batch/v1beta1 CronJob"]);
  });
});
