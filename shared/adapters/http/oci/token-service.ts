import { createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import * as z from "zod";
import { Fault, isFault } from "../../../base/fault.ts";
import { grantsFor, parseScopes, type RegistrySubject } from "../../../domain/image/registry-access.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Tokens } from "../../../ports/tokens.ts";
import { keyIdOf, type RegistryKey } from "./certificate.ts";
import type { RegistryCredential } from "./session.ts";

const Subject = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("pull"), tenant: z.string() }),
  z.object({ kind: z.literal("push"), tenant: z.string(), repository: z.string() }),
  z.object({ kind: z.literal("agent") }),
]);

export interface MintedCredential extends RegistryCredential {
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Where a registry is to send those it asks about (`auth.token.realm`), and where its `rootcertbundle` can be got. */
export const [realmPath, certificatePath] = ["/-/registry/token", "/-/registry/certificate"];
/** As the registry's settings say: `auth.token.issuer` and `.service`. */
export const ours = { issuer: "pluvia", service: "pluvia-registry" } as const;

export interface TokenServiceParts {
  readonly tokens: Tokens;
  readonly key: RegistryKey;
  readonly issuer: string;
  readonly service: string;
  /** In front of every repository of ours. */
  readonly prefix: string;
  readonly clock: Clock;
}

/** One push or pull of a large image over a slow line. */
const tokenSeconds = 900;

/** Who may do what in a registry that asks us (distribution's token authentication). Credentials are tokens themselves: nothing is kept. */
export interface RegistryTokens {
  mint(subject: RegistrySubject, ttlSeconds: number): Promise<MintedCredential>;
  /** A token of the registry itself, for as much of what is asked for as the subject may do. */
  grant(subject: RegistrySubject, scopes: readonly string[]): Promise<{ token: string; seconds: number }>;
  /** What the registry's realm answers. @throws Fault `unauthenticated`. */
  exchange(request: { authorization: string | undefined; query: URLSearchParams }): Promise<object>;
}

const passwordOf = (authorization: string | undefined): string => {
  const [, encoded = ""] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization ?? "") ?? [];
  const text = Buffer.from(encoded, "base64").toString("utf8");
  return text.slice(text.indexOf(":") + 1);
};

/**
 * RFC 7515 and 7518 §3.4. Made here, as the encoding of the signature must be said: Web Crypto of Node 24.21 gives DER, in a process that has done much else,
 * where it owes the two numbers as they are, and registries refuse that.
 */
function es256(key: KeyObject, kid: string, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${part({ alg: "ES256", typ: "JWT", kid })}.${part(claims)}`;
  return `${content}.${sign("sha256", Buffer.from(content), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

export function registryTokens(parts: TokenServiceParts): RegistryTokens {
  const { tokens, clock, issuer, service, prefix } = parts;
  const privateKey = createPrivateKey(parts.key.privateKey);
  const kid = keyIdOf(createPublicKey(privateKey));
  const seconds = (): number => Math.floor(clock.now().getTime() / 1_000);
  const grant = (subject: RegistrySubject, scopes: readonly string[]) => {
    const claims = {
      iss: issuer,
      aud: service,
      sub: "tenant" in subject ? subject.tenant : "agent",
      access: grantsFor(subject, parseScopes(scopes), prefix),
      iat: seconds(),
      // A registry whose clock is behind ours must not refuse it.
      nbf: seconds() - 60,
      exp: seconds() + tokenSeconds,
    };
    return { token: es256(privateKey, kid, claims), seconds: tokenSeconds };
  };
  return {
    grant: async (subject, scopes) => grant(subject, scopes),
    mint: async (subject, ttlSeconds) => {
      const now = clock.now();
      return {
        username: "tenant" in subject ? subject.tenant : "agent",
        password: await tokens.sign("registry", { subject }, ttlSeconds),
        issuedAt: now,
        expiresAt: new Date(now.getTime() + ttlSeconds * 1_000),
      };
    },
    exchange: async ({ authorization, query }) => {
      const { subject } = await tokens.verify("registry", passwordOf(authorization));
      const who = Subject.parse(subject);
      if (query.get("service") !== service)
        throw new Fault("unauthenticated", "This token service is for another registry.", {
          next: "Check the registry's settings.",
          reason: "registry.service",
        });
      const { token, seconds: lives } = grant(who, query.getAll("scope"));
      return { token, access_token: token, expires_in: lives, issued_at: clock.now().toISOString() };
    },
  };
}

/** The realm as an HTTP handler: a GET with the registry's questions. */
export async function answerRealm(
  registry: Pick<RegistryTokens, "exchange">,
  request: { url: string; authorization: string | undefined },
): Promise<{ status: number; body: object }> {
  try {
    const query = new URL(request.url, "http://realm").searchParams;
    return { status: 200, body: await registry.exchange({ authorization: request.authorization, query }) };
  } catch (error) {
    if (!isFault(error, "unauthenticated")) throw error;
    return { status: 401, body: { errors: [{ code: "UNAUTHORIZED", message: error.message }] } };
  }
}
