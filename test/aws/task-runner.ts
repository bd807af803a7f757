import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import * as z from "zod";

/** ECS calls that matter here. */
const RunTask = z.looseObject({
  clientToken: z.string(),
  overrides: z.looseObject({
    containerOverrides: z.tuple([z.looseObject({ environment: z.array(z.object({ name: z.string(), value: z.string() })) })]),
  }),
});
const Task = z.looseObject({ taskArn: z.string(), containers: z.array(z.looseObject({})) });
type Task = z.infer<typeof Task>;
const Tasks = z.looseObject({ tasks: z.array(Task).default([]) });

export interface TaskRunner {
  /** In place of the emulator's. */
  readonly endpoint: string;
  /** Whole once the task has ended. */
  output(taskArn: string): string;
  stop(): Promise<void>;
}

/**
 * Stands before an emulator of ECS, which keeps tasks but starts nothing: runs a program for each, ends it when the task is stopped, and tells how it
 * ended. Does what clientToken promises too, as neither emulator does.
 */
export async function startTaskRunner(
  emulator: string,
  program: { command: readonly string[]; environment: NodeJS.ProcessEnv },
): Promise<TaskRunner> {
  const children = new Map<string, ChildProcess>();
  const outputs = new Map<string, string>();
  const started = new Map<string, Promise<Answer>>();

  const forward = async (request: IncomingMessage, body: Buffer): Promise<Answer> => {
    const { host: _, "content-length": __, connection: ___, ...headers } = request.headers;
    const answer = await fetch(emulator + request.url, {
      method: request.method ?? "POST",
      headers: headers as Record<string, string>,
      body: new Uint8Array(body),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const run = async (request: IncomingMessage, body: Buffer, variables: Record<string, string>): Promise<Answer> => {
    const answer = await forward(request, body);
    const [task] = Tasks.parse(JSON.parse(answer.text)).tasks;
    if (!task) return answer;
    const [file = "", ...args] = program.command;
    const child = spawn(file, args, { env: { ...program.environment, ...variables }, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (data) => outputs.set(task.taskArn, `${outputs.get(task.taskArn) ?? ""}${data}`));
    children.set(task.taskArn, child);
    return answer;
  };
  /** As ECS would tell it. */
  const amended = (task: Task): Task => {
    const child = children.get(task.taskArn);
    if (!child || (child.exitCode === null && child.signalCode === null)) return task;
    return {
      ...task,
      lastStatus: "STOPPED",
      desiredStatus: "STOPPED",
      containers: task.containers.map((container) => ({ ...container, exitCode: child.exitCode ?? 137 })),
    };
  };
  const handle = async (request: IncomingMessage): Promise<Answer> => {
    const body = await buffer(request);
    switch (String(request.headers["x-amz-target"]).split(".").at(-1)) {
      case "RunTask": {
        const { clientToken, overrides } = RunTask.parse(JSON.parse(body.toString()));
        const variables = Object.fromEntries(overrides.containerOverrides[0].environment.map(({ name, value }) => [name, value]));
        const first = started.get(clientToken) ?? run(request, body, variables);
        started.set(clientToken, first);
        return first;
      }
      case "StopTask": {
        const child = children.get((JSON.parse(body.toString()) as { task: string }).task);
        child?.kill("SIGTERM");
        return forward(request, body);
      }
      case "DescribeTasks": {
        const answer = await forward(request, body);
        if (answer.status !== 200) return answer;
        const told = Tasks.parse(JSON.parse(answer.text));
        return { ...answer, text: JSON.stringify({ ...told, tasks: told.tasks.map(amended) }) };
      }
      default:
        return forward(request, body);
    }
  };
  const server = createServer((request, response) => {
    handle(request).then(
      ({ status, text }) => response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(text),
      (error: Error) => response.writeHead(500).end(error.stack),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    output: (taskArn) => outputs.get(taskArn) ?? "",
    stop: async () => {
      for (const child of children.values()) child.kill("SIGKILL");
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}
