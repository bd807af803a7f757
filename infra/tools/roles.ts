import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { project } from "../local/settings.ts";

export const Statement = z.looseObject({
  Effect: z.literal("Allow"),
  Action: z.array(z.string()).min(1),
  Resource: z.unknown(),
});
const Rights = z.strictObject({
  rows: z.record(z.string(), z.array(z.string()).min(1)),
  rights: z.record(z.string(), z.array(Statement)),
  functions: z.record(z.string(), z.array(z.string())),
});
export type Rights = z.infer<typeof Rights>;

export const readRights = (): Rights =>
  Rights.parse(parse(readFileSync(path.join(project, "infra/aws/rights.yml"), "utf8"), { merge: true }));

/** Partitions of the table, by the value that each call of AWS names. Without one (a scan, if it were allowed) `ForAllValues` alone would hold. */
function statementForRows(partitions: readonly string[]): z.infer<typeof Statement> {
  const table = { "Fn::GetAtt": ["Table", "Arn"] };
  const actions = ["GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "ConditionCheckItem"];
  return {
    Effect: "Allow",
    Action: actions.map((action) => `dynamodb:${action}`),
    Resource: [table, { "Fn::Join": ["", [table, "/index/index"]] }],
    Condition: {
      Null: { "dynamodb:LeadingKeys": "false" },
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": partitions },
    },
  };
}

/** As the packager names the resources of a function: `worker-builds` is `WorkerDashbuilds`. */
const logicalId = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("-", "Dash");
const roleId = (name: string): string => `${logicalId(name)}Role`;
export const roleOf = (name: string) => ({ "Fn::GetAtt": [roleId(name), "Arn"] });

/** A role for each function, with its rights and that to write its own log. */
export function rolesFor({ rows, rights, functions }: Rights): Record<string, object> {
  const partitionsOf = (granted: readonly string[]) =>
    granted.filter(isRows).flatMap((right) => rows[right.slice("rows.".length)] ?? unknownRight("a function", right));
  const statementsFor = (name: string, granted: readonly string[]) => [
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: { "Fn::GetAtt": [`${logicalId(name)}LogGroup`, "Arn"] },
    },
    ...(granted.some(isRows) ? [statementForRows(partitionsOf(granted))] : []),
    ...granted.filter((right) => !isRows(right)).flatMap((right) => rights[right] ?? unknownRight(name, right)),
  ];
  return Object.fromEntries(
    Object.entries(functions).map(([name, granted]) => [
      roleId(name),
      {
        Type: "AWS::IAM::Role",
        Properties: {
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
          },
          Policies: [
            { PolicyName: "rights", PolicyDocument: { Version: "2012-10-17", Statement: statementsFor(name, granted) } },
          ],
        },
      },
    ]),
  );
}

const isRows = (right: string): boolean => right.startsWith("rows.");
const unknownRight = (name: string, right: string): never => {
  throw new Error(`infra/aws/rights.yml gives ${name} the right ${right}, which it does not say`);
};
