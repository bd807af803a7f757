import { systemClock } from "../../shared/adapters/local/clock.ts";
import { awsSecrets } from "../../shared/adapters/aws/secrets.ts";
import { awsTable } from "../../shared/adapters/aws/table.ts";
import { awsTokens } from "../../shared/adapters/aws/tokens.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { tokensSuite } from "../contract/tokens.suite.ts";
import { describeEmulators } from "./emulator.ts";
import { createStack } from "./stack.ts";

describeEmulators((name, aws) => {
  let made: Awaited<ReturnType<typeof createStack>>;
  beforeAll(async () => {
    made = await createStack(aws());
  });
  const table = () => awsTable({ aws: aws(), name: String(made["PLUVIA_TABLE"]), clock: systemClock(), random: Math.random });
  const open = (clock: Clock) => {
    const secrets = awsSecrets({ aws: aws(), keyId: String(made["PLUVIA_KEY"]), clock: systemClock() });
    return awsTokens({ table: table(), secrets, clock });
  };

  test("processes that need the cloud plane's key at once make one, which the table does not show", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => open(systemClock())));
    const keys = await Promise.all(all.map((tokens) => tokens.publicKey()));
    expect(new Set(keys.map(({ x }) => x)).size).toBe(1);
    const row = await table().get({ pk: "platform", sk: "key#tokens" });
    expect(JSON.stringify(row)).not.toContain('"d"');
    expect(String(row?.value["sealed"])).toMatch(/^k1\./);
  });
  tokensSuite(`kept in DynamoDB of ${name}`, open);
});
