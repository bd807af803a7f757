import { calculateJwkThumbprint, decodeProtectedHeader, errors, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { Fault } from "../base/fault.ts";
import { signedBytes } from "../domain/provenance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Claims, PublicKey, Tokens } from "../ports/tokens.ts";

const issuer = "pluvia";
/** An agent makes a token per request; a longer life would only help a thief. */
const agentSecondsMax = 120;
/** How far an agent's clock may be off. */
const clockToleranceSeconds = 60;

/** JWTs signed with one Ed25519 key; `jwk` is the private one. */
export function jwtTokens({ jwk, clock }: { jwk: JWK; clock: Clock }): Tokens {
  const key = importJWK(jwk, "EdDSA");
  const open: PublicKey = { kty: "OKP", crv: "Ed25519", x: String(jwk.x) };
  const openKey = importJWK({ ...open }, "EdDSA");
  const keyId = calculateJwkThumbprint({ ...open });
  const seconds = () => Math.floor(clock.now().getTime() / 1_000);
  return {
    sign: async (purpose, claims, ttlSeconds) =>
      new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "EdDSA", typ: "JWT" })
        .setIssuer(issuer)
        .setAudience(purpose)
        .setIssuedAt(seconds())
        .setExpirationTime(seconds() + ttlSeconds)
        .sign(await key),
    verify: async (purpose, token) => {
      const options = { algorithms: ["EdDSA"], issuer, audience: purpose, currentDate: clock.now(), requiredClaims: ["exp"] };
      return refuseBad(async () => (await jwtVerify(token, await openKey, options)).payload as Claims);
    },
    attest: async (payloadType, payload) => {
      const bytes = Buffer.from(payload);
      const signature = await crypto.subtle.sign(
        "Ed25519",
        (await key) as Exclude<Awaited<typeof key>, Uint8Array>,
        signedBytes(payloadType, bytes),
      );
      const signatures = [{ keyid: await keyId, sig: Buffer.from(signature).toString("base64") }];
      return { payloadType, payload: bytes.toString("base64"), signatures };
    },
    publicKey: async () => open,
    verifyAgent: (token, keyOf) =>
      refuseBad(async () => {
        const agent = decodeProtectedHeader(token).kid ?? "";
        const known = await keyOf(agent);
        if (!known) throw dead("This agent is not known, or was revoked.");
        const { payload } = await jwtVerify(token, await importJWK({ ...known }, "EdDSA"), {
          algorithms: ["EdDSA"],
          audience: "pluvia",
          currentDate: clock.now(),
          clockTolerance: clockToleranceSeconds,
          requiredClaims: ["exp", "iat"],
        });
        const { exp = 0, iat = 0 } = payload;
        if (exp - iat > agentSecondsMax || iat > seconds() + clockToleranceSeconds)
          throw dead(`An agent's token is valid for at most ${agentSecondsMax} seconds.`);
        return { agent };
      }),
  };
}

const dead = (message: string, cause?: unknown): Fault =>
  new Fault("unauthenticated", message, {
    next: "Get a new token; they are short-lived.",
    reason: "token.over",
    cause,
  });

async function refuseBad<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw dead("This token has expired.", error);
    if (error instanceof errors.JOSEError || error instanceof TypeError) throw dead("This token is not valid here.", error);
    throw error;
  }
}
