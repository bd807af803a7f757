import { readFileSync } from "node:fs";
import {
  CreateBackupCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  RestoreTableFromBackupCommand,
  RestoreTableToPointInTimeCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { awsTable } from "../../shared/adapters/aws/table.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { eventually } from "../support/eventually.ts";
import { describeEmulators } from "./emulator.ts";
import { createStackOf } from "./stack.ts";

const page = readFileSync("docs/runbooks/restore-table.md", "utf8");
/** `RestoreTableToPointInTimeCommand` is `restore-table-to-point-in-time` of AWS's command line. */
const spoken = (command: { constructor: { name: string } }): string =>
  command.constructor.name
    .replace(/Command$/, "")
    .replaceAll(/(?!^)[A-Z]/g, (letter) => `-${letter}`)
    .toLowerCase();

describeEmulators((_name, aws) => {
  test("the table is restored as docs/runbooks/restore-table.md says, step by step, and keeps its name, index, expiry and further restores", async () => {
    const { Name = "" } = await createStackOf(aws(), { fragments: ["table"], outputs: { Name: { Ref: "Table" } } });
    const table = awsTable({ aws: aws(), name: Name, clock: systemClock(), random: Math.random });
    const index = { pk: "data-centers", sk: "1" };
    const row = { pk: "tenant#1", sk: "tenant", generation: 1, value: { name: "Ada's" }, index };
    await table.transact([{ kind: "put", row }]);

    const client = new DynamoDBClient(aws());
    let said = 0;
    const step: DynamoDBClient["send"] = (async (command: never) => {
      const at = page.indexOf(`aws dynamodb ${spoken(command)} `, said);
      expect([spoken(command), at]).toEqual([spoken(command), expect.any(Number)]);
      expect(at).toBeGreaterThanOrEqual(said);
      said = at;
      return client.send(command);
    }) as never;
    const isActive = (TableName: string) => async () =>
      (await client.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus === "ACTIVE";

    const restored = `${Name}-restored`;
    await step(
      new RestoreTableToPointInTimeCommand({ SourceTableName: Name, TargetTableName: restored, UseLatestRestorableTime: true }),
    );
    await eventually("the copy is there", isActive(restored));
    const { BackupDetails } = await step(new CreateBackupCommand({ TableName: restored, BackupName: "restored" }));
    await step(new DeleteTableCommand({ TableName: Name }));
    await eventually("the old table is gone", () =>
      client.send(new DescribeTableCommand({ TableName: Name })).then(
        () => false,
        () => true,
      ),
    );
    await step(new RestoreTableFromBackupCommand({ TargetTableName: Name, BackupArn: BackupDetails?.BackupArn }));
    await eventually("the table is there", isActive(Name));
    const TimeToLiveSpecification = { Enabled: true, AttributeName: "expiresAt" };
    await step(new UpdateTimeToLiveCommand({ TableName: Name, TimeToLiveSpecification }));
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await step(new UpdateContinuousBackupsCommand({ TableName: Name, PointInTimeRecoverySpecification }));
    await step(new DeleteTableCommand({ TableName: restored }));

    expect(await table.get(row)).toMatchObject({ value: { name: "Ada's" } });
    expect((await table.query({ pk: "data-centers", byIndex: true, limit: 1 })).items).toHaveLength(1);
    await table.transact([{ kind: "put", row: { ...row, generation: 2 }, expected: 1 }]);
    const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: Name }));
    const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName: Name }));
    expect([
      TimeToLiveDescription?.TimeToLiveStatus,
      ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus,
    ]).toEqual(["ENABLED", "ENABLED"]);
  });
});
