import { isFault } from "../../base/fault.ts";
import { backoffMs } from "../../base/retry.ts";
import type { DataCenterId, TenantId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Client } from "./client.ts";
import type { KubernetesObject } from "./object.ts";
import { refuseForeignNamespace } from "./ownership.ts";
import type { NamespaceContext } from "./render/context.ts";
import { labels, namespaceFor } from "./render/names.ts";
import { namespaceManifests } from "./render/namespace.ts";
import type { TenantView } from "./tenant-view.ts";
import type { Tenants } from "./tenants.ts";

const rightsMs = 5_000;
const retry = { baseMs: 500, maxMs: 30_000 };

/** As `NamespaceContext`, for every tenant its own quota, as it is by now. */
export interface TenantContext extends Omit<NamespaceContext, "dataCenter" | "quota"> {
  readonly quota: (tenant: TenantId) => NamespaceContext["quota"];
}
export interface TenantHomesParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  readonly dataCenter: DataCenterId;
  readonly namespace: TenantContext;
  readonly tenants: Tenants;
  readonly leads: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** What a tenant must have before anything of it runs: its namespace, with rights, walls and limits. */
export interface TenantHomes {
  /** Makes it, once in the life of an agent, and again when the tenant's quota is another. */
  of(tenant: TenantId): Promise<TenantView | undefined>;
  /** It turned out to be gone: the next to ask makes it anew. */
  forget(tenant: TenantId): void;
  /** Puts it right when this is a part of it that has changed; null: anything in it may have, unseen, so the next to ask makes it anew. */
  mend(changed: KubernetesObject | null, namespace: string): void;
  stop(): void;
}

interface Home {
  readonly quota: string;
  readonly view: Promise<TenantView | undefined>;
  isMade: boolean;
}

export function tenantHomes(parts: TenantHomesParts): TenantHomes {
  const { client, clock, random, dataCenter, namespace, tenants, leads, onError } = parts;
  const stopping = new AbortController();
  const made = new Map<TenantId, Home>();
  /** Those that are being mended; true: something changed since it began, or it failed. */
  const mending = new Map<TenantId, boolean>();

  /** A right that was given a moment ago (here: by us, to ourselves) is not known everywhere in the API server at once. */
  async function onceAllowed<T>(work: () => Promise<T>): Promise<T> {
    for (const until = clock.now().getTime() + rightsMs; ; ) {
      try {
        return await work();
      } catch (error) {
        if (!isFault(error, "forbidden") || clock.now().getTime() > until) throw error;
        await clock.sleep(50);
      }
    }
  }
  async function make(tenant: TenantId): Promise<TenantView | undefined> {
    const [first, ...rest] = namespaceManifests(tenant, { ...namespace, quota: namespace.quota(tenant), dataCenter });
    if (!first) return undefined;
    await refuseForeignNamespace(client, tenant, dataCenter);
    const there = await client.apply<KubernetesObject>(first);
    for (const manifest of rest) await onceAllowed(() => client.apply<KubernetesObject>(manifest));
    return tenants.opened(there);
  }
  const isThere = (tenant: TenantId): boolean => tenants.views().some((view) => view.namespace === namespaceFor(tenant));
  async function mendOnce(tenant: TenantId): Promise<boolean> {
    try {
      await make(tenant);
      return true;
    } catch (error) {
      onError(error);
      return false;
    }
  }
  /** What it changes itself is heard, too: once nothing is changed any more, it is as it should be. */
  async function mendUntilRight(tenant: TenantId): Promise<void> {
    mending.set(tenant, true);
    for (let failures = 0; mending.get(tenant) && leads() && isThere(tenant); ) {
      mending.set(tenant, false);
      failures = (await mendOnce(tenant)) ? 0 : failures + 1;
      if (failures === 0) continue;
      mending.set(tenant, true);
      await clock.sleep(100 + backoffMs(failures, retry, random()), stopping.signal);
      if (stopping.signal.aborted) break;
    }
    mending.delete(tenant);
  }
  /** What is listed for the first time, while it is made, is as it should be. */
  function doubt(where: string): void {
    for (const [tenant, { isMade }] of made) if (isMade && namespaceFor(tenant) === where) made.delete(tenant);
  }

  return {
    async of(tenant) {
      const known = made.get(tenant);
      const { instances, memoryMib } = namespace.quota(tenant);
      const quota = `${instances} ${memoryMib}`;
      const view = known?.quota === quota ? await known.view : undefined;
      if (view && tenants.views().includes(view)) return view;
      const next: Home = { quota, view: make(tenant), isMade: false };
      made.set(tenant, next);
      next.view.then(
        () => {
          next.isMade = true;
        },
        () => made.delete(tenant),
      );
      return next.view;
    },
    forget: (tenant) => void made.delete(tenant),
    mend(changed, where) {
      if (changed === null) return doubt(where);
      const { [labels.tenant]: tenant, [labels.component]: component } = changed.metadata.labels ?? {};
      if (tenant === undefined || component !== undefined || changed.metadata.deletionTimestamp !== undefined) return;
      const id = tenant as TenantId;
      if (mending.has(id)) mending.set(id, true);
      else void mendUntilRight(id);
    },
    stop: () => stopping.abort(),
  };
}
