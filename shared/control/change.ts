import * as z from "zod";
import { isFault } from "../base/fault.ts";
import { backoffMs } from "../base/retry.ts";
import { Command, queueOf, type Sent } from "../contract/commands.ts";
import type { Change as Difference } from "../contract/component.ts";
import { AuditEntryId, TenantId } from "../contract/id.ts";
import { type Actor, AuditEntry } from "../contract/identity.ts";
import type { Write } from "../ports/table.ts";
import type { Core } from "./core.ts";
import { entity, put } from "./entity.ts";
import { type Swept, sweepRows } from "./sweep-rows.ts";

/** Who asks for a change, and on whose behalf. */
export interface Caller {
  readonly tenant: TenantId;
  readonly actor: Actor;
  readonly from: { readonly address: string; readonly agent: string };
  /** Name in the operations table, or of the command or schedule that acts. */
  readonly operation: string;
  /** Applications the caller is limited to (a narrowed API key); null: all. */
  readonly applications: readonly string[] | null;
  /** Set when the request carried an Idempotency-Key: the row that makes a repeat answer the same. */
  readonly idempotency: ((result: unknown) => Promise<Write>) | null;
}

const OutboxRow = z.object({
  id: z.string(),
  tenant: TenantId,
  command: Command,
  delayMs: z.int(),
  createdAt: z.string(),
  /** traceparent of what asked for it. */
  trace: z.string().optional(),
  generation: z.int(),
});
type OutboxRow = z.infer<typeof OutboxRow>;
export const outbox = entity("outbox", OutboxRow, (o) => ({
  key: { pk: `tenant#${o.tenant}`, sk: `outbox#${o.id}` },
  index: { pk: "outbox", sk: o.id },
}));
export const auditEntries = entity("audit", AuditEntry.extend({ generation: z.int() }), (a) => ({
  key: { pk: `tenant#${a.tenant}`, sk: `audit#${a.id}` },
  index: { pk: `tenant#${a.tenant}#audit#${a.subject}`, sk: a.id },
}));

/** A command, at once or after a while. */
export type Follow = Command | { readonly command: Command; readonly delayMs: number };

export interface ChangeSet {
  readonly writes: readonly Write[];
  readonly commands?: readonly Follow[];
  /** Sent after the commit, without an outbox: a crash in between loses them. For what is told again soon. */
  readonly news?: readonly Command[];
  /** Omitted for what the platform does by itself on behalf of an earlier, audited request. */
  readonly audit?: { readonly subject: string; readonly changes: readonly Difference[] };
}

/**
 * One transaction for everything a request changes: the values, the commands that follow (outbox), the audit entry and, if the
 * request carried an Idempotency-Key, its answer. Either all of it is kept or none. Commands are sent right after; what a crash
 * leaves unsent, the outbox sweep sends.
 */
export async function commit<R>(deps: Core, caller: Caller, set: ChangeSet, result: R): Promise<R> {
  const rows = (set.commands ?? []).map((follow) => outboxRow(deps, caller, follow));
  const audited = set.audit ? [put(auditEntries, auditEntry(deps, caller, set.audit))] : [];
  const repeat = caller.idempotency ? [await caller.idempotency(result)] : [];
  await deps.table.transact([...set.writes, ...rows.map((row) => put(outbox, row)), ...audited, ...repeat]);
  await Promise.all([
    ...rows.map((row) =>
      send(deps, row).catch((error: unknown) => deps.log.warn({ error, outbox: row.id }, "left to the outbox sweep")),
    ),
    ...(set.news ?? []).map((command) =>
      post(deps, outboxRow(deps, caller, command)).catch((error: unknown) => deps.log.warn({ error }, "news were not told")),
    ),
  ]);
  return result;
}

function outboxRow(deps: Core, { tenant }: Pick<Caller, "tenant">, follow: Follow): OutboxRow {
  const { command, delayMs } = "command" in follow ? follow : { command: follow, delayMs: 0 };
  return {
    id: deps.ids.next("out"),
    tenant,
    command,
    delayMs,
    createdAt: deps.clock.now().toISOString(),
    ...(deps.trace !== undefined && { trace: deps.trace }),
    generation: 1,
  };
}

/** For one request that changes several teams: an entry for each beyond the one that `commit` writes. `id`: for what may come twice. */
export const audited = (deps: Core, caller: Caller, audit: NonNullable<ChangeSet["audit"]>, id?: AuditEntryId): Write => {
  const entry = auditEntry(deps, caller, audit);
  return put(auditEntries, { ...entry, id: id ?? entry.id });
};

const auditEntry = (deps: Core, caller: Caller, audit: NonNullable<ChangeSet["audit"]>) => ({
  id: AuditEntryId.parse(deps.ids.next("aud")),
  tenant: caller.tenant,
  at: deps.clock.now().toISOString(),
  actor: caller.actor,
  from: caller.from,
  operation: caller.operation,
  subject: audit.subject,
  changes: audit.changes.map(({ path, before, after }) => ({ path, before: recorded(before), after: recorded(after) })),
  generation: 1,
});

/** What a variable can hold. Both sides of a change of a large file would not fit one record. */
const recordedBytesMax = 32 * 1_024;
function recorded(value: unknown): unknown {
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  return bytes > recordedBytesMax ? `(${bytes} bytes)` : value;
}

/** Any number of commands, without an outbox: of a worker, which is handed its own command again when one of them was not sent. */
export const sendEach = async (deps: Core, of: Pick<Caller, "tenant">, commands: readonly Command[]): Promise<void> => {
  await Promise.all(commands.map((command) => post(deps, outboxRow(deps, of, command))));
};

async function send(deps: Core, row: OutboxRow): Promise<void> {
  await post(deps, row);
  // A second sender may have removed it already; the dedupe id made its send count once.
  await deps.table.transact([{ kind: "remove", key: outbox.place(row).key }]);
}

async function post(deps: Core, row: OutboxRow): Promise<void> {
  const options = { tenant: row.tenant, key: orderKey(row.command), dedupe: row.id };
  await deps.queues[queueOf[row.command.kind]].send(
    JSON.stringify({ ...row.command, ...(row.trace !== undefined && { trace: row.trace }) } satisfies Sent),
    row.delayMs > 0 ? { ...options, delayMs: row.delayMs } : options,
  );
}

/** Commands about one thing keep their order; everything else runs side by side. */
export function orderKey(command: Command): string {
  switch (command.kind) {
    case "startBuild":
    case "cancelBuild":
      return command.build;
    case "startCheck":
      return command.check;
    case "wakeDataCenter":
    case "watchDataCenter":
      return command.dataCenter;
    case "publish":
      return command.resourceId;
    case "purgeComponent":
    case "rebindComponent":
    case "rebindDependents":
      return command.component;
    case "leaveOldPlace":
      // It waits; what else concerns the component does not wait for it.
      return `${command.component}#leaving`;
    case "removeApplication":
      return command.application;
    case "advanceOperation":
      return command.operation;
    case "sendPasswordReset":
      return command.email;
    case "noteRefusedSignIn":
      return command.entry;
  }
}

/**
 * Sends what a crash left behind. Rows younger than `olderThanMs` may still be on their way by the request that wrote them; those of the future are not: the
 * clock was set back since.
 */
export const sweepOutbox = (deps: Core, olderThanMs: number): Promise<Swept> => {
  const now = deps.clock.now().getTime();
  return sweepRows(deps, { pk: "outbox", byIndex: true }, outbox, async (own, row) => {
    if (Math.abs(now - Date.parse(row.createdAt)) >= olderThanMs) await send(own, row);
  });
};

/** Keys that others wrote: all but that of a repeat move on. */
const mayPass = (keys: unknown): boolean => keys !== undefined && !JSON.stringify(keys).includes("idempotency#");

/** Enough for 20 writers on one row: each round at least one of them wins. */
const attemptsMax = 20;

/** Runs load → decide → commit again when a generation it read has moved on meanwhile; not when the same request, sent twice, was done by the other one. */
export async function onConflictRetry<R>(deps: Pick<Core, "clock" | "random">, action: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!isFault(error, "conflict") || !mayPass(error.detail["keys"]) || attempt >= attemptsMax) throw error;
      await deps.clock.sleep(backoffMs(attempt, { baseMs: 5, maxMs: 200 }, deps.random()));
    }
  }
}
