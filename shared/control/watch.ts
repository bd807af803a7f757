import type { TenantId } from "../contract/id.ts";
import type { Command } from "../contract/commands.ts";
import { queueOf } from "../contract/commands.ts";
import type { DataCenterRecord } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { isConnected } from "./data-center-view.ts";

/** Agents that are watched tell every minute. */
const freshMs = 90_000;
/** However many look how often, an agent is asked once in so long. */
const askMs = 60_000;

/**
 * Somebody looks at how much is used, which was told at `told`: when that is long ago, the agent is asked for it. Nobody waits for the
 * answer; what comes is published like any news.
 */
export async function watch(
  deps: Pick<Core, "queues" | "clock" | "log">,
  { tenant }: { readonly tenant: TenantId },
  { dataCenter, told }: { readonly dataCenter: DataCenterRecord; readonly told: string | null },
): Promise<void> {
  const now = deps.clock.now();
  const isFresh = told !== null && Math.abs(now.getTime() - Date.parse(told)) < freshMs;
  if (isFresh || dataCenter.connection === null || !isConnected(dataCenter, now)) return;
  const { id } = dataCenter;
  const command: Command = { kind: "watchDataCenter", version: 1, tenant, dataCenter: id };
  const dedupe = `watch#${id}#${Math.floor(now.getTime() / askMs)}`;
  await deps.queues[queueOf.watchDataCenter]
    .send(JSON.stringify(command), { tenant, key: id, dedupe })
    .catch((error: unknown) => deps.log.warn({ error, dataCenter: id }, "the agents could not be asked how much is used"));
}
