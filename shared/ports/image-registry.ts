/** Where images that builds make are kept, one repository per component. */
export interface ImageRegistry {
  ensureRepository(tenant: string, name: string): Promise<{ repository: string }>;
  /** For pushing (builder) or pulling (agent), short-lived. */
  credentials(
    tenant: string,
    repository: string,
    access: "push" | "pull",
  ): Promise<{ username: string; password: string; expiresAt: Date }>;
  /** The digest a tag points to now. @throws Fault `not_found`. */
  resolve(tenant: string, repository: string, tag: string): Promise<string>;
  remove(tenant: string, repository: string): Promise<void>;
}
