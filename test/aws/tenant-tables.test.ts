import { awsTenantTables } from "../../shared/adapters/aws/tenant-tables.ts";
import type { AwsSettings } from "../../shared/adapters/aws/client.ts";
import { memoryTable } from "../../shared/adapters/memory/table.ts";
import type { TenantId } from "../../shared/contract/id.ts";
import { describeEmulators } from "./emulator.ts";

const roleArn = "arn:aws:iam::123456789012:role/pluvia-tenant";
const [a, b] = ["tnt_0000000000000001", "tnt_0000000000000002"] as [TenantId, TenantId];

describeEmulators((name, aws) => {
  test(`A6: on ${name}, each team's table has credentials of its own`, async () => {
    const made: AwsSettings[] = [];
    const tableBy = (by: AwsSettings) => {
      made.push(by);
      return memoryTable();
    };
    const tableFor = awsTenantTables({ aws: aws(), roleArn, tableBy });
    expect(tableFor(a)).toBe(tableFor(a));
    expect(tableFor(b)).not.toBe(tableFor(a));
    expect(made).toHaveLength(2);
    const keys = [];
    for (const { credentials } of made) keys.push(typeof credentials === "function" ? await credentials() : undefined);
    expect(new Set(keys.map((key) => key?.accessKeyId)).size).toBe(2);
    for (const key of keys) expect(key?.sessionToken).toMatch(/\S+/);
  });
});
