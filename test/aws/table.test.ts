import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { awsTable } from "../../shared/adapters/aws/table.ts";
import { tableSuite } from "../contract/table.suite.ts";
import { describeEmulators } from "./emulator.ts";

/** In front of an emulator: when it is told to, it passes a request on and loses the answer. */
async function startForgetful(endpoint: string) {
  let forgotten: string | undefined;
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const headers = Object.entries(request.headers).filter(
      ([header]) => !["host", "connection", "content-length"].includes(header),
    );
    const answer = await fetch(endpoint, { method: "POST", headers: headers as [string, string][], body });
    const text = Buffer.from(await answer.arrayBuffer());
    if (forgotten !== undefined && String(request.headers["x-amz-target"]).endsWith(`.${forgotten}`)) {
      forgotten = undefined;
      return void request.socket.destroy();
    }
    const type = answer.headers.get("content-type") ?? "application/x-amz-json-1.0";
    response.writeHead(answer.status, { "content-type": type }).end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forgets: (operation: string) => {
      forgotten = operation;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** moto answers requests in threads, and lets two transactions through that look at the same moment. */
const unkept = { moto: ["isolation"], ministack: [] } as const;

describeEmulators((name, aws) => {
  const open = async (through: (endpoint: string) => string = (endpoint) => endpoint) => {
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
      table: awsTable({
        aws: { ...aws(), endpoint: through(aws().endpoint) },
        name: TableName,
        clock: systemClock(),
        random: Math.random,
      }),
      close: async () => void (await client.send(new DeleteTableCommand({ TableName }))),
    };
  };
  tableSuite(`DynamoDB of ${name}`, () => open(), { unkept: unkept[name] });

  test(`a row on ${name} whose write was not answered is written once by the repeat; another's before it is a conflict`, async () => {
    const between = await startForgetful(aws().endpoint);
    const { table, close } = await open(() => between.url);
    const row = (text: string) => ({ pk: "p", sk: "s", generation: 1, value: { text: text.repeat(1_000) } });
    const first = () => table.transact([{ kind: "put", row: row("ours"), expected: 0 }]);
    between.forgets("PutItem");
    await first();
    expect((await table.get({ pk: "p", sk: "s" }))?.value).toEqual(row("ours").value);
    await expect(first()).rejects.toMatchObject({ code: "conflict" });
    await table.transact([{ kind: "put", row: row("theirs") }]);
    between.forgets("PutItem");
    await expect(first()).rejects.toMatchObject({ code: "conflict" });
    await close();
    between.stop();
  });
});
