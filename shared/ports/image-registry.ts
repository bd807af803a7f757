/** Short-lived. */
export interface ImageCredential {
  readonly username: string;
  readonly password: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Where images of what is built are kept, one repository per component: `<tenant>/<component>`. */
export interface ImageRegistry {
  /** What is to be there before anything is pushed to it; answers its name. */
  ensureRepository(tenant: string, name: string): Promise<{ repository: string }>;
  /** To push to this one repository. */
  pushCredential(tenant: string, repository: string): Promise<ImageCredential>;
  /** To pull what the tenant has, all of it. */
  pullCredential(tenant: string): Promise<ImageCredential>;
  /** The digest a tag points to now; undefined when nothing was pushed by it. */
  resolve(tenant: string, repository: string, tag: string): Promise<string | undefined>;
  /** With all its images; fine when there is none. */
  remove(tenant: string, repository: string): Promise<void>;
}
