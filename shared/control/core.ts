import type { QueueName } from "../contract/commands.ts";
import type { TenantId } from "../contract/id.ts";
import type { Quota } from "../contract/quota.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { Queue } from "../ports/queue.ts";
import type { Table } from "../ports/table.ts";

export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What every use case may need. Those that need more say so in their own parameter: `Core & { blobs: BlobStore }`. */
export interface Core {
  readonly table: Table;
  /** The same as code sees it that acts for one team (tenant-scope.ts). */
  readonly tableFor: (table: Table, tenant: TenantId) => Table;
  readonly queues: Readonly<Record<QueueName, Queue>>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** traceparent of the work under way, for what it causes; absent: nobody traces. */
  readonly trace?: string;
  /** What a team may have that has no limits of its own. */
  readonly quota: Quota;
}
