import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import type { Clock } from "../../ports/clock.ts";
import type { Tokens } from "../../ports/tokens.ts";
import { jwtTokens } from "../jwt-tokens.ts";
import { keyFile } from "./key-file.ts";

/** The cloud plane's own key pair, in a file that only we may read; made the first time. */
export const localTokens = ({ path, clock }: { path: string; clock: Clock }): Tokens =>
  jwtTokens({ jwk: JSON.parse(keyFile(path, newKey)) as JWK, clock });

const newKey = (): string => JSON.stringify(generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" }));
