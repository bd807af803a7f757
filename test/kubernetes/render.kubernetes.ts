import type { Client } from "../../shared/adapters/kubernetes/client.ts";
import type { Manifest } from "../../shared/adapters/kubernetes/render/manifest.ts";
import { namespaceManifests } from "../../shared/adapters/kubernetes/render/namespace.ts";
import { namespaceFor } from "../../shared/adapters/kubernetes/render/names.ts";
import type { PodTemplate } from "../../shared/adapters/kubernetes/render/pod.ts";
import { render } from "../../shared/adapters/kubernetes/render/render.ts";
import { discover, type Served } from "../../shared/adapters/kubernetes/versions.ts";
import { TenantId } from "../../shared/contract/id.ts";
import { clusters, context, namespaceContext, samples } from "../render/workloads.ts";
import { describeOnKubernetes, openClient, unique } from "./support.ts";

const tenant = TenantId.parse(`tnt_${unique()}0000`);

/** Everything the API server does with it but keeping it: defaults, validation, admission. */
async function tryOut(client: Client, manifest: Manifest): Promise<Manifest> {
  const path = `${await client.pathOf(manifest, manifest.metadata)}/${manifest.metadata.name}`;
  const query = { fieldManager: "pluvia", force: true, dryRun: "All" };
  return client.transport.json({ method: "PATCH", path, query, contentType: "application/apply-patch+yaml", body: manifest });
}

interface Spec {
  readonly template?: PodTemplate;
  readonly jobTemplate?: { readonly spec: { readonly template: PodTemplate } };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
}
/** The pod that a controller would make, where it has a template. */
function podOf({ metadata, spec = {} }: Manifest): Manifest[] {
  const { template, jobTemplate, volumeClaimTemplates = [] } = spec as Spec;
  const made = template ?? jobTemplate?.spec.template;
  if (made === undefined) return [];
  const claimed = volumeClaimTemplates.map(({ metadata: { name } }) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const volumes = [...((made.spec as { volumes?: object[] }).volumes ?? []), ...claimed];
  return [{ apiVersion: "v1", kind: "Pod", metadata: { ...metadata, ...made.metadata }, spec: { ...made.spec, volumes } }];
}

describeOnKubernetes("P9: manifests, on a real API server", () => {
  let client: Client;
  let served: Served;
  beforeAll(async () => {
    client = openClient();
    served = await discover(client);
    for (const manifest of namespaceManifests(tenant, namespaceContext)) await client.apply(manifest);
  });
  afterAll(async () => {
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespaceFor(tenant) } };
    await client.remove(namespace, { propagation: "Background" });
    client.transport.close();
  });

  test("what is served is found by asking", () => {
    const known = Object.values(clusters).find((c) => c.minor === served.minor);
    expect(served).toEqual(known ?? served);
  });

  const cases = Object.entries(samples).flatMap(([name, sample]) =>
    (["running", "stopped"] as const).map((wanted) => ({ name, sample, wanted })),
  );
  test.each(cases)("$name, $wanted, is taken as it is, and so are its pods", async ({ sample, wanted }) => {
    // Priority classes come with the chart.
    const manifests = render({ ...sample, tenant, wanted }, context(served, { priorityClasses: null }));
    for (const manifest of manifests) {
      const taken = await tryOut(client, manifest);
      expect(taken).toMatchObject(manifest as object);
      for (const pod of podOf(manifest)) await tryOut(client, pod);
    }
  });

  test("a tenant's namespace is taken as it is", async () => {
    for (const manifest of namespaceManifests(tenant, namespaceContext))
      expect(await client.get(manifest)).toMatchObject(manifest as object);
  });
});
