import type { ComponentId, TenantId } from "../contract/id.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Repositories } from "../ports/repositories.ts";
import type { Write } from "../ports/table.ts";
import { finishApplicationRemoval } from "./applications.ts";
import { applications, buildLogs, builds, components, keyOf, logPartition, releases } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { listAll, read } from "./entity.ts";
import type { ImageDeps } from "./serve-images.ts";
import { sweepTeamStorage } from "./sweep-storage.ts";

type PurgeDeps = Core & ImageDeps & { readonly blobs: BlobStore; readonly repositories: Repositories };

/** Everything a removed component left. Stopped in the middle, it is done again from the start. */
export async function purgeComponent(deps: PurgeDeps, asked: { tenant: TenantId; component: ComponentId }): Promise<void> {
  const { tenant, component } = asked;
  if (await read(deps.table, components, keyOf.component(tenant, component))) return;
  await deps.repositories.remove(tenant, component);
  const [built, released] = await Promise.all([
    listAll(deps.table, builds, { pk: `tenant#${tenant}#build#${component}`, byIndex: true }),
    listAll(deps.table, releases, { pk: `tenant#${tenant}#component#${component}`, prefix: "release#" }),
  ]);
  for (const build of built) {
    const logs = await listAll(deps.table, buildLogs, { pk: logPartition(tenant, build.id), prefix: "log#" });
    await removeAll(
      deps,
      logs.map((l) => ({ kind: "remove", key: buildLogs.place(l).key })),
    );
  }
  await removeAll(deps, [
    ...built.map((b): Write => ({ kind: "remove", key: builds.place(b).key })),
    ...released.map((r): Write => ({ kind: "remove", key: releases.place(r).key })),
  ]);
  await sweepTeamStorage(deps, tenant);
  await finishApplications(deps, tenant);
  // Last: a registry that keeps everything must not keep the rest from going.
  if (deps.settings.registry) await deps.images.remove(tenant, `${tenant}/${component}`);
}

/** DynamoDB takes 100 writes at once. */
async function removeAll(deps: Core, writes: readonly Write[]): Promise<void> {
  for (let at = 0; at < writes.length; at += 100) await deps.table.transact(writes.slice(at, at + 100));
}

async function finishApplications(deps: Core, tenant: TenantId): Promise<void> {
  const all = await listAll(deps.table, applications, { pk: `tenant#${tenant}`, prefix: "application#" });
  for (const application of all) await finishApplicationRemoval(deps, application);
}
