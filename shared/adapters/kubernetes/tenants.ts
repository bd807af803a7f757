import type { DataCenterId } from "../../contract/id.ts";
import { watchCache } from "./cache.ts";
import type { KubernetesObject } from "./object.ts";
import { ours } from "./render/names.ts";
import { type TenantView, type TenantViewParts, tenantView } from "./tenant-view.ts";
import type { Served } from "./versions.ts";

/** The namespaces of all tenants of this data center, each with its view. */
export interface Tenants {
  /** Resolves when everything that is there now has been listed. */
  ready(): Promise<void>;
  views(): readonly TenantView[];
  view(namespace: string): TenantView | undefined;
  /** The view of a namespace that was just made. */
  opened(namespace: KubernetesObject): Promise<TenantView | undefined>;
  stop(): void;
}

export interface TenantsParts extends Omit<TenantViewParts, "changed"> {
  /** This object, or (null) anything in the namespace. */
  readonly changed: (object: KubernetesObject | null, namespace: string) => void;
}

export function tenants(parts: TenantsParts, dataCenter: DataCenterId, served: Served): Tenants {
  const views = new Map<string, TenantView>();
  const namespaces = watchCache<KubernetesObject>(
    {
      ...parts,
      changed: (namespace) => {
        follow();
        if (namespace) parts.changed(namespace, namespace.metadata.name);
      },
    },
    { apiVersion: "v1", kind: "Namespace" },
    { labels: ours(dataCenter) },
  );
  const viewOf = (name: string): TenantView =>
    tenantView({ ...parts, changed: (object) => parts.changed(object, name) }, name, dataCenter, served);
  function follow(): void {
    const there = new Set(namespaces.items().map((n) => n.metadata.name));
    for (const name of there) if (!views.has(name)) views.set(name, viewOf(name));
    for (const [name, view] of views) {
      if (there.has(name)) continue;
      view.stop();
      views.delete(name);
      parts.changed(null, name);
    }
  }
  return {
    async ready() {
      await namespaces.ready();
      await Promise.all([...views.values()].map((view) => view.ready()));
    },
    views: () => [...views.values()],
    view: (namespace) => views.get(namespace),
    async opened(namespace) {
      namespaces.learn(namespace);
      const view = views.get(namespace.metadata.name);
      await view?.ready();
      return view;
    },
    stop() {
      namespaces.stop();
      for (const view of views.values()) view.stop();
    },
  };
}
