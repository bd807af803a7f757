import type { Command } from "../contract/commands.ts";
import type { ApplicationId, TenantId } from "../contract/id.ts";
import type { Operation } from "../contract/operation.ts";
import type { Write } from "../ports/table.ts";
import type { Follow } from "./change.ts";

/** A part of a transaction: what it writes and which commands follow. */
export interface Effects {
  readonly writes: readonly Write[];
  readonly commands: readonly Follow[];
}
export const noEffects: Effects = { writes: [], commands: [] };
export const together = (...parts: readonly Effects[]): Effects => ({
  writes: parts.flatMap((p) => p.writes),
  commands: parts.flatMap((p) => p.commands),
});

type Published = Extract<Command, { kind: "publish" }>["resource"];
export const publish = (tenant: TenantId, resource: Published, resourceId: string, application?: ApplicationId): Command => ({
  kind: "publish",
  version: 1,
  tenant,
  resource,
  resourceId,
  ...(application && { application }),
});
export const publishOperation = (o: Operation): Command => publish(o.tenant, "operation", o.id);
