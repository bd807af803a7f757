import {
  DescribeTasksCommand,
  ECSClient,
  InvalidParameterException,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from "@aws-sdk/client-ecs";
import { Fault } from "../../base/fault.ts";
import type { BuildOrder } from "../../contract/agent.ts";
import { outOfMemory } from "../../domain/build/ended-builder.ts";
import type { BuilderState, BuildRunner } from "../../ports/build-runner.ts";
import { type AwsSettings, clientConfig } from "./client.ts";

export interface AwsBuildsOptions {
  readonly aws: AwsSettings;
  readonly cluster: string;
  /** With one container, `builder` (infra/aws/builders.yml). Its output goes to the log group's stream `builder/builder/<task>`. */
  readonly taskDefinition: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
}

const container = "builder";

/**
 * Builders as tasks of ECS; a handle is a task's ARN. A task gets no input, and what it is told anyone may read who may look at it: so it is told its
 * token, and fetches its order with that.
 */
export function awsBuilds(options: AwsBuildsOptions): BuildRunner {
  const { cluster, taskDefinition, subnets, securityGroups } = options;
  const client = new ECSClient(clientConfig(options.aws));
  return {
    start: async (order) => {
      const asked = new RunTaskCommand({
        cluster,
        taskDefinition,
        count: 1,
        // The same attempt asked for again is the task that there is.
        clientToken: `${order.id}-${order.attempt}`,
        startedBy: order.id,
        group: order.tenant,
        tags: [{ key: "tenant", value: order.tenant }],
        capacityProviderStrategy: [{ capacityProvider: capacityFor(order), weight: 1 }],
        networkConfiguration: {
          awsvpcConfiguration: { subnets: [...subnets], securityGroups: [...securityGroups], assignPublicIp: "ENABLED" },
        },
        overrides: { containerOverrides: [{ name: container, environment: environmentFor(order) }] },
      });
      const { tasks, failures } = await client.send(asked);
      const handle = tasks?.[0]?.taskArn;
      if (handle === undefined) throw noRoom(failures?.[0]?.reason);
      return handle;
    },
    observe: async (handle) => {
      const answer = await known(client.send(new DescribeTasksCommand({ cluster, tasks: [handle] })));
      const task = answer?.tasks?.[0];
      return task ? stateOf(task) : "lost";
    },
    cancel: async (handle) => {
      await known(client.send(new StopTaskCommand({ cluster, task: handle, reason: "It is not wanted any more." })));
    },
  };
}

/** A task of Spot may be taken away: its build is lost and begins once more, and then where that does not happen. */
const capacityFor = ({ attempt }: BuildOrder): string => (attempt > 1 ? "FARGATE" : "FARGATE_SPOT");

const environmentFor = ({ id, cloudUrl, token }: BuildOrder) => [
  { name: "PLUVIA_ORDER_URL", value: new URL(`/v1/agent/builds/${id}/order`, cloudUrl).href },
  { name: "PLUVIA_BUILD_TOKEN", value: token },
];

function stateOf({ lastStatus, desiredStatus, containers, memory }: Task): BuilderState {
  if (lastStatus !== "STOPPED" && desiredStatus !== "STOPPED") return "running";
  const builder = containers?.find(({ name }) => name === container);
  if (builder?.exitCode === 0) return "ended";
  if (!builder?.reason?.startsWith("OutOfMemoryError")) return "lost";
  return { failure: outOfMemory({ mib: Number(memory), setting: "Memory of BuilderTask (infra/aws/builders.yml)" }) };
}

/** undefined: there is no such task, or not any more. */
async function known<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof InvalidParameterException) return undefined;
    throw error;
  }
}

const noRoom = (reason: string | undefined): Fault =>
  new Fault("unavailable", "No builder could be started.", { next: "Try again in a while.", detail: { reason } });
