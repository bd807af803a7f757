import { generateKeyPairSync } from "node:crypto";
import type { JWK } from "jose";
import { isFault } from "../../base/fault.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { Key, Table } from "../../ports/table.ts";
import type { Tokens } from "../../ports/tokens.ts";
import { jwtTokens } from "../jwt-tokens.ts";

export interface AwsTokensOptions {
  readonly table: Table;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** Beside the keys of shared/control/tables.ts, which begin otherwise. */
const place: Key = { pk: "platform", sk: "key#tokens" };
const owner = "platform";

/** The cloud plane's own key pair, kept in the table and sealed there. Whoever needs it first makes it; of several, one wins and all use that. */
export async function awsTokens({ table, secrets, clock }: AwsTokensOptions): Promise<Tokens> {
  const kept = async (): Promise<JWK | undefined> => {
    const row = await table.get(place);
    return row && (JSON.parse(await secrets.open(owner, String(row.value["sealed"]))) as JWK);
  };
  const make = async (): Promise<JWK | undefined> => {
    const jwk = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
    const sealed = await secrets.seal(owner, JSON.stringify(jwk));
    try {
      await table.transact([{ kind: "put", row: { ...place, generation: 1, value: { sealed } }, expected: 0 }]);
    } catch (error) {
      if (!isFault(error, "conflict")) throw error;
    }
    return kept();
  };
  return jwtTokens({ jwk: (await kept()) ?? ((await make()) as JWK), clock });
}
