import { expect, test } from "@jest/globals";
import { Fault } from "../../base/fault.ts";
import type { DataCenterId, TenantId } from "../../contract/id.ts";
import { steppedClock } from "../memory/clock.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { labels, namespaceFor } from "./render/names.ts";
import { tenantHomes } from "./tenant-homes.ts";
import type { TenantView } from "./tenant-view.ts";

const team = "tnt_0000000000000001" as TenantId;
const limits = { instances: 3, memoryMib: 100 };
type Quota = KubernetesObject & { spec?: { hard?: object } };

/** `refuse` fails what is applied by throwing. */
function world(refuse: (manifest: KubernetesObject) => void = () => {}) {
  const applied: Quota[] = [];
  const view = { namespace: namespaceFor(team) } as TenantView;
  const clock = steppedClock();
  const client = {
    get: async () => undefined,
    list: async () => ({ items: [] }),
    apply: async (manifest: Quota) => {
      refuse(manifest);
      applied.push(manifest);
      return manifest;
    },
  } as unknown as Client;
  const homes = tenantHomes({
    client,
    clock,
    random: () => 0.5,
    dataCenter: "dc_0000000000000001" as DataCenterId,
    namespace: {
      quota: () => ({ ...limits }),
      podSecurity: "baseline",
      agent: { namespace: "pluvia", serviceAccount: "pluvia-agent" },
      deniedCidrs: [],
      tcp: null,
    },
    tenants: { ready: async () => {}, view: () => undefined, views: () => [view], opened: async () => view, stop: () => {} },
    leads: () => true,
    onError: () => {},
  });
  const quotas = () => applied.flatMap(({ kind, spec }) => (kind === "ResourceQuota" ? [spec?.hard ?? {}] : []));
  return { homes, clock, applied, quotas };
}

test("W3: a team's namespace gets the team's own quota, and another when that is another", async () => {
  const { homes, quotas } = world();
  await homes.of(team);
  await homes.of(team);
  limits.instances = 5;
  await homes.of(team);
  expect(quotas()).toMatchObject([
    { pods: "6", "limits.memory": "200Mi" },
    { pods: "10", "limits.memory": "200Mi" },
  ]);
});
test("W3: what of a team's namespace was changed by hand is put right, though the cluster does not answer at first", async () => {
  let away = true;
  const { homes, clock, applied } = world(({ kind }) => {
    if (kind === "NetworkPolicy" && away) throw new Fault("unavailable", "The API server does not answer.");
  });
  const changed = { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" };
  homes.mend({ ...changed, metadata: { name: "walls", labels: { [labels.tenant]: team } } }, namespaceFor(team));
  await clock.advance(60_000);
  away = false;
  await clock.advance(60_000);
  expect(applied.some(({ kind }) => kind === "NetworkPolicy")).toBe(true);
  const count = applied.length;
  await clock.advance(3_600_000);
  expect(applied).toHaveLength(count);
});
test("W3: a team's namespace of which changes may have been missed is made sure of when something of it is looked at next", async () => {
  const { homes, applied } = world();
  await homes.of(team);
  const count = applied.length;
  homes.mend(null, namespaceFor("tnt_0000000000000002" as TenantId));
  await homes.of(team);
  expect(applied).toHaveLength(count);
  homes.mend(null, namespaceFor(team));
  await homes.of(team);
  expect(applied).toHaveLength(2 * count);
});
