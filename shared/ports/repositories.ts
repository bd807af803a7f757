import type { ComponentId, TenantId } from "../contract/id.ts";

/** The platform's own git repositories, one per component, that people push to. */
export interface Repositories {
  /** Makes the empty repository. Fine when it is there already, and when two do it at once. */
  ensure(tenant: TenantId, component: ComponentId): Promise<void>;
  /** How a builder reads it. Says nothing about whether anything was pushed. */
  url(tenant: TenantId, component: ComponentId): string;
  /** What a person adds as a git remote; which team's it is, the credential decides. */
  publicUrl(names: { application: string; component: string }): string;
  /** Fine when there is nothing. */
  remove(tenant: TenantId, component: ComponentId): Promise<void>;
}
