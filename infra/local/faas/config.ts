import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { Fault } from "../../../shared/base/fault.ts";
import { resolve } from "./variables.ts";

const Reference = z.object({ "Fn::GetAtt": z.tuple([z.string(), z.literal("Arn")]) });
const Event = z.union([
  z.strictObject({ httpApi: z.union([z.literal("*"), z.strictObject({ method: z.string(), path: z.string() })]) }),
  z.strictObject({ websocket: z.enum(["$connect", "$disconnect", "$default"]) }),
  z.strictObject({
    sqs: z.strictObject({
      arn: Reference,
      batchSize: z.int().min(1).max(10),
      maximumConcurrency: z.int().min(2).default(10),
      functionResponseType: z.literal("ReportBatchItemFailures"),
    }),
  }),
  // What AWS's own services tell: there are none on one machine, and every such function has a schedule that does the same.
  z.strictObject({ iot: z.strictObject({ sql: z.string(), sqlVersion: z.string() }) }),
  z.strictObject({ eventBridge: z.strictObject({ pattern: z.record(z.string(), z.unknown()) }) }),
  z.strictObject({
    schedule: z.union([
      z.string(),
      z.strictObject({
        rate: z.union([z.string(), z.array(z.string())]),
        enabled: z.boolean().default(true),
        input: z.record(z.string(), z.unknown()).optional(),
      }),
    ]),
  }),
]);
const FunctionEntry = z.looseObject({
  handler: z.string(),
  timeout: z.int().min(1).max(900).optional(),
  events: z.array(Event).default([]),
});
const Resource = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) });
const Document = z.looseObject({
  service: z.string(),
  provider: z.looseObject({ timeout: z.int().min(1).max(900).default(6) }),
  functions: z.record(z.string(), FunctionEntry),
  resources: z
    .union([
      z.array(z.looseObject({ Resources: z.record(z.string(), Resource).default({}) })),
      z.looseObject({ Resources: z.record(z.string(), Resource) }),
    ])
    .optional(),
});

export interface HttpRoute {
  readonly method: string;
  readonly path: string;
}
export interface QueueSource {
  /** Of the queue in contract/commands.ts. */
  readonly queue: string;
  readonly batchSize: number;
  readonly concurrencyMax: number;
  readonly visibilitySeconds: number;
  readonly attemptsMax: number;
}
export interface FunctionConfig {
  readonly name: string;
  /** Absolute path of the module and the name it exports the handler by. */
  readonly module: string;
  readonly exportName: string;
  readonly timeoutSeconds: number;
  readonly routes: readonly HttpRoute[];
  /** Takes the requests that no route is for. */
  readonly isDefault: boolean;
  readonly sockets: readonly ("$connect" | "$disconnect" | "$default")[];
  readonly queues: readonly QueueSource[];
  /** `rate(…)` or `cron(…)`. */
  readonly schedules: readonly string[];
}

/** The functions that serverless.yml names. @throws Fault `invalid` that says what is wrong with the file. */
export function readConfig(file: string): readonly FunctionConfig[] {
  const directory = path.dirname(path.resolve(file));
  const raw: unknown = parse(readFileSync(file, "utf8"));
  const document = Document.safeParse(resolve(raw, { directory, stage: "local", self: raw }));
  if (!document.success)
    throw new Fault("invalid", `${file} is not understood: ${z.prettifyError(document.error)}`, {
      next: "Use the forms of events that infra/local/faas/config.ts lists.",
    });
  const { functions, provider, resources } = document.data;
  const all = Object.assign({}, ...(Array.isArray(resources) ? resources : [resources]).map((part) => part?.Resources ?? {}));
  return Object.entries(functions).map(([name, entry]) => ({
    name,
    ...moduleOf(directory, entry.handler),
    timeoutSeconds: entry.timeout ?? provider.timeout,
    routes: entry.events.flatMap((event) => ("httpApi" in event && event.httpApi !== "*" ? [routeOf(event.httpApi)] : [])),
    isDefault: entry.events.some((event) => "httpApi" in event && event.httpApi === "*"),
    sockets: entry.events.flatMap((event) => ("websocket" in event ? [event.websocket] : [])),
    queues: entry.events.flatMap((event) => ("sqs" in event ? [queueOf(event.sqs, all)] : [])),
    schedules: entry.events.flatMap((event) => ("schedule" in event ? ratesOf(event.schedule) : [])),
  }));
}

const routeOf = ({ method, path: where }: HttpRoute): HttpRoute => ({ method: method.toUpperCase(), path: where });

/** `functions/api/teams.handler` is `handler` of functions/api/teams.ts. */
function moduleOf(directory: string, handler: string): { module: string; exportName: string } {
  const dot = handler.lastIndexOf(".");
  const base = path.join(directory, handler.slice(0, dot));
  const module = [".ts", ".mjs", ".js"].map((ending) => base + ending).find((candidate) => existsSync(candidate));
  return { module: module ?? `${base}.ts`, exportName: handler.slice(dot + 1) };
}

function ratesOf(schedule: string | { rate: string | string[]; enabled: boolean }): string[] {
  if (typeof schedule === "string") return [schedule];
  return schedule.enabled ? [schedule.rate].flat() : [];
}

type Sqs = { arn: z.infer<typeof Reference>; batchSize: number; maximumConcurrency: number };

function queueOf({ arn, batchSize, maximumConcurrency }: Sqs, resources: Record<string, z.infer<typeof Resource>>): QueueSource {
  const [id] = arn["Fn::GetAtt"];
  const resource = resources[id];
  if (resource?.Type !== "AWS::SQS::Queue")
    throw new Fault("invalid", `serverless.yml takes messages from ${id}, which is no queue among its resources.`, {
      next: "Add it to infra/aws/queues.yml.",
    });
  const properties = z
    .looseObject({ VisibilityTimeout: z.int(), RedrivePolicy: z.looseObject({ maxReceiveCount: z.int() }) })
    .parse(resource.Properties);
  return {
    queue: queueNameOf(id),
    batchSize,
    concurrencyMax: maximumConcurrency,
    visibilitySeconds: properties.VisibilityTimeout,
    attemptsMax: properties.RedrivePolicy.maxReceiveCount,
  };
}

/** `BuildsQueue` is the queue `builds`. */
const queueNameOf = (id: string): string => id.replace(/Queue$/, "").toLowerCase();
