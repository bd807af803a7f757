import { notFound } from "../base/fault.ts";
import type { BuildOrder } from "../contract/agent.ts";
import { type BuildId, CheckId, type TenantId } from "../contract/id.ts";
import { type OrderDeps, buildOrder, isReplaced } from "./build-order.ts";
import { builds, checks, keyOf } from "./component-tables.ts";
import { read } from "./entity.ts";

/** For a builder that cannot be given its order: it is given its token, and comes for the rest while it is wanted. */
export async function serveBuildOrder(
  deps: OrderDeps,
  { tenant, id, attempt }: { tenant: TenantId; id: BuildId | CheckId; attempt: number | undefined },
): Promise<BuildOrder> {
  const check = CheckId.safeParse(id).data;
  const wanted = check
    ? await read(deps.table, checks, keyOf.check(tenant, check))
    : await read(deps.table, builds, keyOf.build(tenant, id as BuildId));
  if (!wanted || wanted.endedAt !== null || isReplaced(wanted, attempt)) throw notFound("build", id);
  return buildOrder(deps, wanted);
}
