import { isFault } from "../base/fault.ts";
import { BuildId, type TenantId } from "../contract/id.ts";
import type { Source } from "../contract/source.ts";
import { unneededBlobs, unneededUploads } from "../domain/retention.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Write } from "../ports/table.ts";
import { announcedBlobs, builds, components, keyOf, releases, uploads, watches } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { list, listAll, next, put, remove } from "./entity.ts";
import { forTeam } from "./tenant-scope.ts";

type Deps = Core & { readonly blobs: BlobStore };
interface Swept {
  readonly uploads: number;
  readonly blobs: number;
}
/** A bound against runaway reads: ten times what a team of the largest quota keeps in a year. */
const rowsMax = 100_000;

/** Removes what people uploaded and builds made, and nothing needs any more. Stopped at any point, the next run goes on. */
export async function sweepStorage(deps: Deps): Promise<Swept> {
  let swept: Swept = { uploads: 0, blobs: 0 };
  for (let tenant = await tenantAfter(deps, ""); tenant !== undefined; tenant = await tenantAfter(deps, `${tenant}#~`)) {
    const its = await sweepTeamStorage(forTeam(deps, tenant), tenant);
    swept = { uploads: swept.uploads + its.uploads, blobs: swept.blobs + its.blobs };
  }
  return swept;
}

async function tenantAfter(deps: Deps, after: string): Promise<TenantId | undefined> {
  const { items } = await list(deps.table, announcedBlobs, { pk: "blobs", byIndex: true, after, limit: 1 });
  return items[0]?.tenant;
}

export async function sweepTeamStorage(deps: Deps, tenant: TenantId): Promise<Swept> {
  const now = deps.clock.now();
  const pk = `tenant#${tenant}`;
  const [blobs, uploaded] = await Promise.all([
    listAll(deps.table, announcedBlobs, { pk, prefix: "blob#" }, rowsMax),
    listAll(deps.table, uploads, { pk, prefix: "upload#" }, rowsMax),
  ]);
  const gone = new Set<string>();
  for (const upload of unneededUploads(now, uploaded, await sourcesOf(deps, tenant)))
    if (await wins(deps, remove(uploads, upload))) gone.add(upload.id);

  const released = await listAll(deps.table, releases, { pk: `${pk}#release`, byIndex: true }, rowsMax);
  const needs = { uploads: uploaded.filter((u) => !gone.has(u.id)), artifacts: released.map((r) => r.artifact) };
  let removed = 0;
  for (const blob of unneededBlobs(now, blobs, needs)) {
    // Whoever announces it anew meanwhile either wins against the first write, or waits for the last.
    const going = next(blob, { goingSince: deps.clock.now().toISOString() });
    if (!(await wins(deps, put(announcedBlobs, going)))) continue;
    await deps.blobs.remove({ namespace: tenant, digest: blob.digest });
    if (await wins(deps, remove(announcedBlobs, going))) removed++;
  }
  return { uploads: gone.size, blobs: removed };
}

/** Components first: a build of a source that its component has since replaced began before that, so it is found after. */
async function sourcesOf(deps: Deps, tenant: TenantId): Promise<Source[]> {
  const pk = `tenant#${tenant}`;
  const named = await listAll(deps.table, components, { pk, prefix: "component#" }, rowsMax);
  const watched = await listAll(deps.table, watches, { pk, prefix: "watch#build#" }, rowsMax);
  const keys = watched.map((watch) => keyOf.build(tenant, BuildId.parse(watch.id)));
  const building = [];
  for (let at = 0; at < keys.length; at += 100) building.push(...(await deps.table.getAll(keys.slice(at, at + 100))));
  return [...named, ...building.flatMap((row) => (row ? [builds.fromRow(row)] : []))].map(({ source }) => source);
}

/** False when another has changed the row since it was read: it is needed again, or gone already. */
async function wins(deps: Deps, write: Write): Promise<boolean> {
  try {
    await deps.table.transact([write]);
    return true;
  } catch (error) {
    if (isFault(error, "conflict")) return false;
    throw error;
  }
}
