import { notFound } from "../base/fault.ts";
import type { ImagePlace, ImageRequest, PullCredential } from "../contract/agent.ts";
import type { DataCenterId } from "../contract/id.ts";
import type { PlatformRegistry } from "../domain/image/platform-registry.ts";
import type { ImageCredential, ImageRegistry } from "../ports/image-registry.ts";
import { desiredRows, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { read } from "./entity.ts";

export interface ImageDeps {
  readonly settings: { readonly registry: PlatformRegistry | null };
  /** Is there where the settings name one. */
  readonly images: ImageRegistry;
}
type Deps = Core & ImageDeps;

/** Whoever has the image already is told so, with nothing to push it by. */
export async function agentImage(
  deps: Deps,
  dataCenter: DataCenterId,
  asked: ImageRequest,
): Promise<{ place: ImagePlace | null }> {
  await assertWanted(deps, dataCenter, asked);
  const { registry } = deps.settings;
  if (registry === null) return { place: null };
  const { tenant, component, tag } = asked;
  const { url, pullFrom, prefix } = registry;
  const repository = `${tenant}/${component}`;
  const place = { url, pullFrom, repository: prefix + repository };
  const digest = await deps.images.resolve(tenant, repository, tag);
  if (digest !== undefined) return { place: { ...place, digest, credential: null } };
  await deps.images.ensureRepository(tenant, component);
  const credential = written(await deps.images.pushCredential(tenant, repository));
  return { place: { ...place, digest: null, credential } };
}

export async function agentPullCredential(
  deps: Deps,
  dataCenter: DataCenterId,
  asked: Omit<ImageRequest, "tag">,
): Promise<{ credential: PullCredential | null }> {
  await assertWanted(deps, dataCenter, asked);
  const { registry } = deps.settings;
  if (registry === null) return { credential: null };
  return { credential: { ...written(await deps.images.pullCredential(asked.tenant)), pullFrom: registry.pullFrom } };
}

/** An agent has to do with images of what is wanted in its own data center. */
async function assertWanted(
  deps: Deps,
  dataCenter: DataCenterId,
  { tenant, component }: Omit<ImageRequest, "tag">,
): Promise<void> {
  const row = await read(deps.table, desiredRows, keyOf.desired(dataCenter, component));
  if (!row?.workload || row.tenant !== tenant) throw notFound("component", component);
}

const written = ({ issuedAt, expiresAt, ...login }: ImageCredential) => ({
  ...login,
  issuedAt: issuedAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
});
