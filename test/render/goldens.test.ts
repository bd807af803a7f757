import { stringify } from "yaml";
import { buildJob, buildSecret, buildsNamespaceManifests } from "../../shared/adapters/kubernetes/render/build-job.ts";
import type { Manifest } from "../../shared/adapters/kubernetes/render/manifest.ts";
import { namespaceManifests } from "../../shared/adapters/kubernetes/render/namespace.ts";
import { render } from "../../shared/adapters/kubernetes/render/render.ts";
import { expectGolden } from "../support/golden.ts";
import { buildOrder, builds, clusters, context, namespaceContext, samples, tenant } from "./workloads.ts";

const yaml = (manifests: readonly Manifest[]): string =>
  manifests.map((m) => stringify(m, { aliasDuplicateObjects: false, lineWidth: 0 })).join("---\n");

describe("P9: manifests of", () => {
  const cases = Object.entries(clusters).flatMap(([version, served]) =>
    Object.entries(samples).flatMap(([name, sample]) =>
      (["running", "stopped"] as const).map((wanted) => ({ version, served, name, sample, wanted })),
    ),
  );
  test.each(cases)("$name, $wanted, on $version", async ({ version, served, name, sample, wanted }) => {
    const manifests = render({ ...sample, wanted }, context(served));
    await expectGolden(`test/golden/kubernetes/${version}/${name}-${wanted}.yaml`, yaml(manifests));
  });
  test("builds", async () => {
    const manifests = [
      ...buildsNamespaceManifests(builds),
      buildSecret(buildOrder, builds, { uid: "0" }),
      buildJob(buildOrder, builds),
    ];
    await expectGolden("test/golden/kubernetes/builds.yaml", yaml(manifests));
  });
  test("a tenant's namespace", async () => {
    await expectGolden("test/golden/kubernetes/namespace.yaml", yaml(namespaceManifests(tenant, namespaceContext)));
  });
});
