import { randomUUID } from "node:crypto";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { awsTable } from "../../shared/adapters/aws/table.ts";
import { tableSuite } from "../contract/table.suite.ts";
import { describeEmulators } from "./emulator.ts";

/** moto answers requests in threads, and lets two transactions through that look at the same moment. */
const unkept = { moto: ["isolation"], ministack: [] } as const;

describeEmulators((name, aws) => {
  const open = async () => {
    const client = new DynamoDBClient(aws());
    const TableName = `t-${randomUUID()}`;
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: ["pk", "sk", "indexPk", "indexSk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
        KeySchema: [
          { AttributeName: "pk", KeyType: "HASH" },
          { AttributeName: "sk", KeyType: "RANGE" },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: "index",
            KeySchema: [
              { AttributeName: "indexPk", KeyType: "HASH" },
              { AttributeName: "indexSk", KeyType: "RANGE" },
            ],
            Projection: { ProjectionType: "ALL" },
          },
        ],
      }),
    );
    return {
      table: awsTable({ aws: aws(), name: TableName, clock: systemClock(), random: Math.random }),
      close: async () => void (await client.send(new DeleteTableCommand({ TableName }))),
    };
  };
  tableSuite(`DynamoDB of ${name}`, open, { unkept: unkept[name] });
});
