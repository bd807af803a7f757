import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import type { Clock } from "../../ports/clock.ts";
import type { Tokens } from "../../ports/tokens.ts";
import { jwtTokens } from "../jwt-tokens.ts";

export const memoryTokens = ({ clock }: { clock: Clock }): Tokens =>
  jwtTokens({ jwk: generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }) as JWK, clock });
