import { isFault } from "../base/fault.ts";
import { BuildId, TenantId } from "../contract/id.ts";
import type { Source } from "../contract/source.ts";
import { unneededBlobs, unneededUploads } from "../domain/retention.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Write } from "../ports/table.ts";
import { announcedBlobs, builds, components, keyOf, releases, uploads, watches } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { listAll, next, put, remove } from "./entity.ts";
import { type Swept, teamOf, toldFailure } from "./sweep-rows.ts";
import { forTeam } from "./tenant-scope.ts";

type Deps = Core & { readonly blobs: BlobStore };
/** What is not seen of what is needed would be taken for unneeded: all of it is read, or nothing is removed. */
const rowsMax = Number.POSITIVE_INFINITY;

/** Removes what people uploaded and builds made, and nothing needs any more. Stopped at any point, the next run goes on. */
export async function sweepStorage(deps: Deps): Promise<Swept> {
  let [looked, failed] = [0, 0];
  for (let tenant = await tenantAfter(deps, ""); tenant !== undefined; tenant = await tenantAfter(deps, `${tenant}#~`)) {
    const team = tenant;
    looked++;
    if (!(await toldFailure(deps, { tenant }, () => sweepTeamStorage(forTeam(deps, team), team)))) failed++;
  }
  return { looked, failed };
}

async function tenantAfter(deps: Deps, after: string): Promise<TenantId | undefined> {
  const { items } = await deps.table.query({ pk: "blobs", byIndex: true, after, limit: 1 });
  return items[0] && TenantId.parse(teamOf(items[0]));
}

export async function sweepTeamStorage(deps: Deps, tenant: TenantId): Promise<void> {
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
  for (const blob of unneededBlobs(now, blobs, needs)) {
    // Whoever announces it anew meanwhile either wins against the first write, or waits for the last.
    const going = next(blob, { goingSince: deps.clock.now().toISOString() });
    if (!(await wins(deps, put(announcedBlobs, going)))) continue;
    await deps.blobs.remove({ namespace: tenant, digest: blob.digest });
    await wins(deps, remove(announcedBlobs, going));
  }
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
