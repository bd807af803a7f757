import { createPublicKey, verify } from "node:crypto";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { generateKeyPair, importJWK, SignJWT } from "jose";
import { type SteppedClock, steppedClock } from "../../shared/adapters/memory/clock.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import type { PublicKey, Tokens } from "../../shared/ports/tokens.ts";

export function tokensSuite(name: string, make: (clock: Clock) => Promise<Tokens>): void {
  describe(`Tokens: ${name}`, () => {
    let clock: SteppedClock;
    let tokens: Tokens;
    beforeEach(async () => {
      clock = steppedClock();
      tokens = await make(clock);
    });
    const refused = { code: "unauthenticated" };

    test("what was signed verifies with its claims until it expires", async () => {
      const token = await tokens.sign("build", { sub: "bld_1", tenant: "tnt_1" }, 60);
      expect(await tokens.verify("build", token)).toMatchObject({ sub: "bld_1", tenant: "tnt_1" });
      await clock.advance(61_000);
      await expect(tokens.verify("build", token)).rejects.toMatchObject(refused);
    });
    test("a token for one purpose is refused for another", async () => {
      await expect(tokens.verify("stream", await tokens.sign("build", {}, 60))).rejects.toMatchObject(refused);
    });
    test("another's token, a changed one, an unsigned one and nonsense are refused", async () => {
      const { privateKey } = await generateKeyPair("EdDSA");
      const stranger = new SignJWT({})
        .setProtectedHeader({ alg: "EdDSA" })
        .setIssuer("pluvia")
        .setAudience("build")
        .setExpirationTime("1h");
      const own = await tokens.sign("build", { sub: "a" }, 60);
      const [head, body, signature] = own.split(".");
      const other = Buffer.from(JSON.stringify({ sub: "b", aud: "build", iss: "pluvia", exp: 9e9 })).toString("base64url");
      const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
      const bad = [
        await stranger.sign(privateKey),
        `${head}.${other}.${signature}`,
        `${none}.${body}.`,
        `${head}.${body}.`,
        "a.b.c",
        "",
        "x",
      ];
      for (const token of bad) await expect(tokens.verify("build", token)).rejects.toMatchObject(refused);
    });
    test("C8: what was attested is a DSSE envelope that the public key alone verifies", async () => {
      const envelope = await tokens.attest("text/x-proof", "déjà vu");
      expect(envelope).toMatchObject({ payloadType: "text/x-proof", payload: Buffer.from("déjà vu").toString("base64") });
      const key = createPublicKey({ key: { ...(await tokens.publicKey()) }, format: "jwk" });
      const [signature] = envelope.signatures;
      const sig = Buffer.from(String(signature?.sig), "base64");
      // As the protocol's page writes it: lengths in bytes.
      expect(verify(null, Buffer.from("DSSEv1 12 text/x-proof 9 déjà vu"), key, sig)).toBe(true);
      expect(verify(null, Buffer.from("DSSEv1 12 text/x-other 9 déjà vu"), key, sig)).toBe(false);
    });
    test("the public key alone verifies", async () => {
      const key = await tokens.publicKey();
      expect(key).toEqual({ kty: "OKP", crv: "Ed25519", x: expect.stringMatching(/^[\w-]{43}$/) });
      await importJWK({ ...key }, "EdDSA");
    });

    describe("an agent's own token", () => {
      const agentToken = async (times: { iat?: number; exp?: number }, audience = "pluvia") => {
        const { publicKey, privateKey } = await generateKeyPair("EdDSA", { extractable: true });
        const now = Math.floor(clock.now().getTime() / 1_000);
        const jwk = await crypto.subtle.exportKey("jwk", publicKey);
        const token = await new SignJWT({})
          .setProtectedHeader({ alg: "EdDSA", kid: "agt_1" })
          .setAudience(audience)
          .setIssuedAt(now + (times.iat ?? 0))
          .setExpirationTime(now + (times.exp ?? 60))
          .sign(privateKey);
        return { token, key: { kty: "OKP", crv: "Ed25519", x: String(jwk.x) } as PublicKey };
      };
      test("verifies with the key that is known of it", async () => {
        const { token, key } = await agentToken({});
        expect(await tokens.verifyAgent(token, async (agent) => (agent === "agt_1" ? key : undefined))).toEqual({
          agent: "agt_1",
        });
      });
      test("is refused when expired, when too long-lived, from the future, or for someone else", async () => {
        for (const [times, audience] of [
          [{ iat: -300, exp: -180 }],
          [{ exp: 121 }],
          [{ iat: 3_600, exp: 3_660 }],
          [{}, "elsewhere"],
        ] as const) {
          const { token, key } = await agentToken(times, audience);
          await expect(tokens.verifyAgent(token, async () => key)).rejects.toMatchObject(refused);
        }
      });
      test("is refused when the agent is unknown, or its key is another", async () => {
        const { token } = await agentToken({});
        const { key } = await agentToken({});
        await expect(tokens.verifyAgent(token, async () => undefined)).rejects.toMatchObject(refused);
        await expect(tokens.verifyAgent(token, async () => key)).rejects.toMatchObject(refused);
      });
    });
  });
}
