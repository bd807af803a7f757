import { expect, test } from "@jest/globals";
import type { DataCenterId, TenantId } from "../../contract/id.ts";
import { steppedClock } from "../memory/clock.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { tenantHomes } from "./tenant-homes.ts";
import type { TenantView } from "./tenant-view.ts";

test("W3: a team's namespace gets the team's own quota, and another when that is another", async () => {
  const quotas: object[] = [];
  const limits = { instances: 3, memoryMib: 100 };
  const view = { namespace: "x" } as TenantView;
  const client = {
    get: async () => undefined,
    list: async () => ({ items: [] }),
    apply: async (manifest: KubernetesObject & { spec?: { hard?: object } }) => {
      if (manifest.kind === "ResourceQuota") quotas.push(manifest.spec?.hard ?? {});
      return manifest;
    },
  } as unknown as Client;
  const homes = tenantHomes({
    client,
    clock: steppedClock(),
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
  const team = "tnt_0000000000000001" as TenantId;
  await homes.of(team);
  await homes.of(team);
  limits.instances = 5;
  await homes.of(team);
  expect(quotas).toMatchObject([
    { pods: "6", "limits.memory": "200Mi" },
    { pods: "10", "limits.memory": "200Mi" },
  ]);
});
