import type { Provenance } from "../contract/release.ts";

/** An Ed25519 public key as a JWK. */
export interface PublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
}
export type Claims = Readonly<Record<string, unknown>>;

/** What a token is for. It travels as the audience, so that one made for one purpose is refused for another. */
export type Purpose = "build" | "stream" | "registry" | "page";

/** Short-lived bearer tokens: JWTs signed with EdDSA by the cloud plane, or by an agent with its own key. */
export interface Tokens {
  /** `iat` and `exp` are added. */
  sign(purpose: Purpose, claims: Claims, ttlSeconds: number): Promise<string>;
  /** @throws Fault `unauthenticated` when it is not ours, is for another purpose or has expired. */
  verify(purpose: Purpose, token: string): Promise<Claims>;
  /** Signs a statement for as long as it is kept: a DSSE envelope, `payload` being UTF-8 text. */
  attest(payloadType: string, payload: string): Promise<Provenance>;
  /** What others need to verify what we signed. */
  publicKey(): Promise<PublicKey>;
  /**
   * Verifies a token that an agent signed itself: header `kid` names the agent, audience `pluvia`, valid for at most 120 s.
   * @throws Fault `unauthenticated`.
   */
  verifyAgent(token: string, keyOf: (agent: string) => Promise<PublicKey | undefined>): Promise<{ agent: string }>;
}
