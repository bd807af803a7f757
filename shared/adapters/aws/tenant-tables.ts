import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { Fault } from "../../base/fault.ts";
import type { TenantId } from "../../contract/id.ts";
import type { Table } from "../../ports/table.ts";
import { type AwsSettings, clientConfig } from "./client.ts";

export interface TenantTablesOptions {
  readonly aws: AwsSettings;
  /** infra/aws/tenants.yml: what it may do depends on the session's tag `tenant`. */
  readonly roleArn: string;
  /** The table, by other credentials. */
  readonly tableBy: (aws: AwsSettings) => Table;
}

/** The longest session that a role hands out when it was asked by another. */
const sessionSeconds = 3_600;
/** Each has a client of its own, with its credentials. */
const tablesMax = 100;

/** The table for one team at a time: credentials that AWS itself keeps from every other team's rows. */
export function awsTenantTables({ aws, roleArn, tableBy }: TenantTablesOptions): (tenant: TenantId) => Table {
  const sts = new STSClient(clientConfig(aws));
  const tables = new Map<TenantId, Table>();
  const credentialsFor = (tenant: TenantId) => async () => {
    const { Credentials: got } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: tenant,
        DurationSeconds: sessionSeconds,
        Tags: [{ Key: "tenant", Value: tenant }],
      }),
    );
    if (!got?.AccessKeyId || !got.SecretAccessKey || !got.SessionToken)
      throw new Fault("internal", "AWS gave no credentials for the team's rows.", { detail: { tenant } });
    return {
      accessKeyId: got.AccessKeyId,
      secretAccessKey: got.SecretAccessKey,
      sessionToken: got.SessionToken,
      ...(got.Expiration && { expiration: got.Expiration }),
    };
  };
  return (tenant) => {
    const table = tables.get(tenant) ?? tableBy({ ...aws, credentials: credentialsFor(tenant) });
    tables.delete(tenant);
    if (tables.size >= tablesMax) tables.delete(tables.keys().next().value ?? tenant);
    tables.set(tenant, table);
    return table;
  };
}
