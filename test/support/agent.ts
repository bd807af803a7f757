import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import type { PublicKey } from "../../shared/ports/tokens.ts";
import type { Api } from "./api.ts";

export interface TestAgent {
  readonly id: string;
  readonly dataCenter: string;
  /** Its own token, good for a minute of the API's clock. */
  readonly token: () => Promise<string>;
}
export interface AgentKeys {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}
export function agentKeys(): AgentKeys {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { privateKey, publicKey: { kty: "OKP", crv: "Ed25519", x: String(publicKey.export({ format: "jwk" }).x) } };
}

/** Joins as a real agent does. */
export async function joinAgent(api: Api, joinToken: string, kind: "embedded" | "kubernetes" = "embedded"): Promise<TestAgent> {
  const { privateKey, publicKey } = agentKeys();
  const got = await api.ask("agentRegister", {
    body: { version: 1, token: joinToken, publicKey, agentVersion: "1.0.0", kind },
  });
  if (got.status !== 201) throw new Error(`registration answered ${got.status}: ${JSON.stringify(got.body)}`);
  const { agent: id, dataCenter } = got.body;
  const token = async (): Promise<string> => {
    const now = Math.floor(api.deps.clock.now().getTime() / 1_000);
    return new SignJWT({})
      .setProtectedHeader({ alg: "EdDSA", kid: id })
      .setAudience("pluvia")
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(privateKey);
  };
  return { id, dataCenter, token };
}
