import type { Advice, ComponentStatus } from "../../shared/contract/component.ts";
import type { ComponentId, TenantId } from "../../shared/contract/id.ts";
import { sameData } from "../../shared/domain/release.ts";
import { statusOf } from "../../shared/domain/status.ts";
import type { ClusterInstance, ObservedWorkload } from "../../shared/ports/cluster.ts";

/** One component as its data center sees it. */
export interface StatusRow {
  readonly id: ComponentId;
  readonly tenant: TenantId;
  readonly application: string;
  readonly applicationName: string;
  readonly name: string;
  readonly generation: number;
  readonly status: ComponentStatus;
  readonly phase: ObservedWorkload["phase"];
  readonly serving: string | null;
  readonly instances: readonly Omit<ClusterInstance, "logs">[];
  readonly advice: readonly Advice[];
}
export type StatusChange =
  | { readonly kind: "changed"; readonly row: StatusRow }
  | { readonly kind: "removed"; readonly id: ComponentId; readonly tenant: TenantId };

/** The newest status of everything that runs here. It holds nothing that the next look would not bring again. */
export interface StatusBoard {
  /** The whole truth, in place of what was known before. */
  update(observed: readonly ObservedWorkload[]): void;
  /** Ordered by id. */
  rows(): readonly StatusRow[];
  /** Hears of every change from now on, until the answer is called. */
  listen(listener: (change: StatusChange) => void): () => void;
}

interface Seen {
  readonly observed: ObservedWorkload;
  readonly row: StatusRow;
}

export function statusBoard(): StatusBoard {
  let rows = new Map<ComponentId, Seen>();
  const listeners = new Set<(change: StatusChange) => void>();
  const tell = (change: StatusChange) => {
    for (const listener of listeners) listener(change);
  };
  return {
    update(observed) {
      const before = rows;
      const seen = (o: ObservedWorkload): Seen => {
        const known = before.get(o.component);
        return known?.observed === o ? known : { observed: o, row: rowOf(o) };
      };
      rows = new Map(observed.map((o) => [o.component, seen(o)]));
      for (const [id, now] of rows) {
        const known = before.get(id);
        if (known !== now && !sameData(known?.row, now.row)) tell({ kind: "changed", row: now.row });
      }
      for (const [id, { row }] of before) if (!rows.has(id)) tell({ kind: "removed", id, tenant: row.tenant });
    },
    rows: () => [...rows.values()].map(({ row }) => row).sort((a, b) => (a.id < b.id ? -1 : 1)),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A data center knows neither operations nor builds, and is always connected to itself. */
function rowOf(observed: ObservedWorkload): StatusRow {
  const { workload, component, tenant, generation, phase, serving } = observed;
  const instances = observed.instances.map(({ logs: _logs, ...instance }) => instance);
  const { status, advice } = statusOf({
    kind: workload.configuration.kind,
    wanted: workload.wanted,
    replicas: workload.configuration.replicas,
    generation: workload.generation,
    release: { id: workload.release, number: workload.releaseNumber },
    operation: null,
    build: null,
    observation: { generation, phase, serving, instances, signals: observed.signals },
    connected: true,
  });
  const { application, applicationName, componentName: name } = workload;
  return { id: component, tenant, application, applicationName, name, generation, status, phase, serving, instances, advice };
}
