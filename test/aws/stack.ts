import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from "@aws-sdk/client-cloudformation";
import { parse } from "yaml";
import { resolve as withVariables } from "../../infra/local/faas/variables.ts";
import { eventually } from "../support/eventually.ts";
import type { Emulator } from "./emulator.ts";

const directory = resolve(import.meta.dirname, "../..");
const fragments = ["table", "queues", "key", "buckets", "images", "builders", "alarms", "tenants"];
/** Of the WebSocket API, which one machine serves itself, and of the broker, beside which that is; and what is off. */
const notHere = [
  "PLUVIA_CONNECTIONS_URL",
  "PLUVIA_BROKER_URL",
  "PLUVIA_BROKER_NAME",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
];

type Values = Record<string, unknown>;
const fragment = (name: string, stage: string): Values =>
  withVariables(parse(readFileSync(join(directory, "infra/aws", `${name}.yml`), "utf8"), { merge: true }), {
    directory,
    stage,
    self: {},
  }) as Values;

export interface StackAsked {
  /** Files of infra/aws. */
  readonly fragments: readonly string[];
  /** What the packager adds to them. */
  readonly resources?: Values;
  readonly outputs: Values;
}

/** Makes what infra/aws says, on an emulator; answers its outputs. */
export async function createStackOf(
  aws: Emulator["aws"],
  asked: StackAsked,
  stage = newStage(),
): Promise<Record<string, string>> {
  const client = new CloudFormationClient(aws);
  const template = {
    Resources: Object.assign({}, asked.resources, ...asked.fragments.map((name) => fragment(name, stage)["Resources"])) as Values,
    Outputs: Object.fromEntries(Object.entries(asked.outputs).map(([name, Value]) => [name, { Value }])),
  };
  await client.send(
    new CreateStackCommand({ StackName: stage, TemplateBody: JSON.stringify(template), Capabilities: ["CAPABILITY_IAM"] }),
  );
  const state = async () => (await client.send(new DescribeStacksCommand({ StackName: stage }))).Stacks?.[0];
  await eventually("the stack is made", async () => (await state())?.StackStatus !== "CREATE_IN_PROGRESS");
  const made = await state();
  if (made?.StackStatus !== "CREATE_COMPLETE") {
    const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: stage }));
    throw new Error(
      `${made?.StackStatus}: ${StackEvents.map((e) => `${e.LogicalResourceId} ${e.ResourceStatusReason ?? ""}`).join("\n")}`,
    );
  }
  return Object.fromEntries(made.Outputs?.map(({ OutputKey, OutputValue }) => [String(OutputKey), String(OutputValue)]) ?? []);
}

const newStage = (): string => `t${randomUUID().slice(0, 8)}`;

/** All that functions need; answers the environment that they get. */
export async function createStack(aws: Emulator["aws"]): Promise<Record<string, string>> {
  const stage = newStage();
  const environment = Object.entries(fragment("environment", stage)).filter(([name]) => !notHere.includes(name));
  const outputs = Object.fromEntries(environment.map(([name, value]) => [outputOf(name), value]));
  const made = await createStackOf(aws, { fragments, outputs }, stage);
  return Object.fromEntries(environment.map(([name]) => [name, String(made[outputOf(name)])]));
}

/** What a function of the stack finds around it. */
export const functionEnvironment = async (aws: Emulator["aws"]): Promise<Record<string, string>> => ({
  ...(await createStack(aws)),
  AWS_REGION: aws.region,
  AWS_ENDPOINT_URL: aws.endpoint,
  AWS_ACCESS_KEY_ID: aws.credentials?.accessKeyId ?? "",
  AWS_SECRET_ACCESS_KEY: aws.credentials?.secretAccessKey ?? "",
});

/** Names of outputs have letters and digits alone. */
const outputOf = (variable: string): string => variable.replaceAll("_", "");
