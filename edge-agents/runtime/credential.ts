import { join } from "node:path";
import { exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import * as z from "zod";
import { Fault } from "../../shared/base/fault.ts";
import { AgentRegistered } from "../../shared/contract/agent.ts";
import type { DataCenter, Preflight } from "../../shared/contract/data-center.ts";
import { agentProtocol, version } from "../../shared/contract/version.ts";
import { readIfThere, writeDurably } from "./disk.ts";

const Jwk = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string(), d: z.string() });
const Kept = z.object({ key: Jwk, registered: AgentRegistered.nullable() });

export interface Credential extends z.infer<typeof AgentRegistered> {
  /** A bearer token of 60 s, signed by the agent's own key: nothing long-lived travels. */
  bearer(): Promise<string>;
}

export interface Registrar {
  register(body: {
    version: number;
    token: string;
    publicKey: { kty: "OKP"; crv: "Ed25519"; x: string };
    agentVersion: string;
    kind: DataCenter["kind"];
    time: string;
    preflight?: Preflight[];
  }): Promise<z.infer<typeof AgentRegistered>>;
}

/** How an agent joins. `preflight`: what it found around it, told with each try. */
export interface Joining {
  readonly registrar: Registrar;
  readonly token: string | undefined;
  readonly kind: DataCenter["kind"];
  readonly preflight?: () => Promise<Preflight[]>;
}

/**
 * The agent's identity. At first it makes a key pair, keeps it, and registers with the one-time token; the key is kept before the
 * token is used, so that a crash between the two can repeat the registration with the same key.
 * @throws Fault `unauthenticated` when there is no registration and no token.
 */
export async function credential(home: string, joining: Joining): Promise<Credential> {
  const path = join(home, "credential.json");
  const kept = await load(path);
  const registered = kept.registered ?? (await register(joining, kept.key));
  if (!kept.registered) await writeDurably(path, JSON.stringify({ ...kept, registered }));
  return { ...registered, bearer: await signer(kept.key, registered.agent) };
}

async function load(path: string): Promise<z.infer<typeof Kept>> {
  const text = await readIfThere(path);
  if (text !== undefined) return Kept.parse(JSON.parse(text));
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const kept = Kept.parse({ key: await exportJWK(privateKey), registered: null });
  await writeDurably(path, JSON.stringify(kept));
  return kept;
}

async function register({ registrar, token, kind, preflight }: Joining, key: z.infer<typeof Jwk>) {
  if (!token) {
    throw new Fault("unauthenticated", "This agent has not joined a data center yet and was given no token.", {
      next: "Create a join token and start the agent with it.",
    });
  }
  const found = await preflight?.();
  return registrar.register({
    version: agentProtocol.newest,
    token,
    publicKey: { kty: key.kty, crv: key.crv, x: key.x },
    agentVersion: version,
    kind,
    time: new Date().toISOString(),
    ...(found && { preflight: found }),
  });
}

async function signer(jwk: z.infer<typeof Jwk>, agent: string): Promise<() => Promise<string>> {
  const key = await importJWK(jwk, "EdDSA");
  return () =>
    new SignJWT({})
      .setProtectedHeader({ alg: "EdDSA", kid: agent })
      .setSubject(agent)
      .setAudience("pluvia")
      .setIssuedAt()
      .setExpirationTime("60s")
      .sign(key);
}
