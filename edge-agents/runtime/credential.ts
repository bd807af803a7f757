import { exportJWK, generateKeyPair, importJWK, SignJWT } from "jose";
import * as z from "zod";
import { sha256 } from "../../shared/base/digest.ts";
import { Fault, isFault } from "../../shared/base/fault.ts";
import { AgentRegistered } from "../../shared/contract/agent.ts";
import type { DataCenter, Preflight } from "../../shared/contract/data-center.ts";
import { agentProtocol, version } from "../../shared/contract/version.ts";
import type { DurableText } from "../../shared/ports/durable-text.ts";

const Jwk = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string(), d: z.string() });
/** `joinedWith`: SHA-256 of the token, in hexadecimal. */
const Kept = z.object({ key: Jwk, registered: AgentRegistered.nullable(), joinedWith: z.string().optional() });
type Kept = z.infer<typeof Kept>;

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
  /** Whether a token it has not joined with before makes it join anew, in place of what it was. */
  readonly again: "with-a-new-token" | "never";
  readonly kind: DataCenter["kind"];
  readonly preflight?: () => Promise<Preflight[]>;
}

/**
 * The agent's identity, one for all that share `text`. At first it makes a key pair, keeps it, and registers with the one-time token; the key
 * is kept before the token is used, so that a crash between the two, or another replica, repeats the registration with the same key.
 * @throws Fault `unauthenticated` when there is no registration and no token.
 */
export async function credential(text: DurableText, joining: Joining): Promise<Credential> {
  const kept = await keptKey(text);
  const joinedWith = joining.token ? await sha256(joining.token) : undefined;
  const isNews = joining.again === "with-a-new-token" && joinedWith !== undefined && kept.joinedWith !== joinedWith;
  const held = kept.registered;
  const registered = held && !isNews ? held : await register(joining, kept.key).catch(keeping(held));
  if (registered !== held) await keep(text, { key: kept.key, registered, joinedWith });
  return { ...registered, bearer: await signer(kept.key, registered.agent) };
}

/** Whether the agent, or another replica of it, has not joined with this token yet. */
export async function isNewToken(text: DurableText, token: string): Promise<boolean> {
  const found = await text.read();
  return found !== undefined && Kept.parse(JSON.parse(found.text)).joinedWith !== (await sha256(token));
}

/** A new token that is refused, or cannot be tried now, costs nothing that was held before. */
const keeping = (held: Kept["registered"]) => (error: unknown) => {
  if (held && isFault(error)) return held;
  throw error;
};

async function keptKey(text: DurableText): Promise<Kept> {
  const found = await text.read();
  if (found) return Kept.parse(JSON.parse(found.text));
  const { privateKey } = await generateKeyPair("EdDSA", { extractable: true });
  const kept = Kept.parse({ key: await exportJWK(privateKey), registered: null });
  return (await text.write(JSON.stringify(kept), undefined)) ? kept : keptKey(text); // another replica was first: its key is ours
}

/** Another replica may have kept the very same meanwhile. */
async function keep(text: DurableText, kept: Kept): Promise<void> {
  for (let written = false; !written; ) {
    const found = await text.read();
    written = await text.write(JSON.stringify(kept), found?.version);
  }
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
