/** Encrypts small values for one tenant (AEAD, key id inside). A value sealed for one tenant does not open for another. */
export interface Secrets {
  seal(tenant: string, plain: string): Promise<string>;
  /** @throws Fault `internal` when it was not sealed by us, for this tenant. */
  open(tenant: string, sealed: string): Promise<string>;
}
