import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, resolve } from "node:path";
import { buffer, text } from "node:stream/consumers";
import type { SQSBatchResponse } from "aws-lambda";
import { parse } from "yaml";
import yauzl from "yauzl";
import type { Answer } from "../../functions/_runtime/answer.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { operations } from "../../shared/contract/operations.ts";
import { type Ask, eventOf } from "../support/api.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { describeEmulators } from "./emulator.ts";
import { hasRecorded, recordedEvent, recordedMessages, recordedRequest, recordedSocket } from "./recorded.ts";
import { type LambdaFunction, runtimeInterfaceClient, startFunction } from "./runtime-api.ts";
import { functionEnvironment } from "./stack.ts";

const project = resolve(import.meta.dirname, "../..");
/** Its own: another suite packages at the same time. */
const folder = "dist/package-lambda";
const packages = join(project, folder, ".serverless");

type Trigger = Partial<Record<"httpApi" | "websocket" | "sqs" | "eventBridge" | "schedule", unknown>>;
interface Listed {
  readonly handler: string;
  readonly timeout?: number;
  readonly events?: readonly Trigger[];
}
const listed = (parse(readFileSync(join(project, "serverless.yml"), "utf8")) as { functions: Record<string, Listed> }).functions;
const triggeredBy = (kind: keyof Trigger) =>
  Object.entries(listed).flatMap(([name, { events = [] }]) => (events.some((event) => kind in event) ? [name] : []));
type HttpRoute = Pick<ApiOperation, "method" | "path">;
/** The other one is the default route, of all that no function has. */
const isRoute = (trigger: unknown): trigger is HttpRoute => typeof trigger === "object" && trigger !== null;
/** What somebody unknown is answered by functions that do not ask who that is. */
const statusOf: Readonly<Record<string, number>> = { platform: 200, identity: 400, agent: 400, unknown: 404 };
const queueArn = (queue: string) =>
  `arn:aws:sqs:eu-central-1:123456789012:pluvia-production-${queue}${queue === "notices" ? ".fifo" : ""}`;
const wholeTask = JSON.parse(readFileSync(join(project, "test/fixtures/events/ecs-task-state-change.json"), "utf8"))
  .detail as object;

/** The zip that would be uploaded, where Lambda would put it: nothing is above it but the SDK, which Lambda's runtime brings. */
async function unpack(name: string, to: string): Promise<string> {
  const directory = join(to, name);
  const zip = await yauzl.openPromise(join(packages, `${name}.zip`));
  for await (const entry of zip.eachEntry()) {
    const file = join(directory, entry.fileName);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, await buffer(await zip.openReadStreamPromise(entry)));
  }
  return directory;
}

const able = runtimeInterfaceClient !== undefined && hasRecorded;
(able ? describe : describe.skip)("under the runtime interface client of AWS, with events as AWS recorded them", () => {
  describeEmulators(
    (_name, aws) => {
      let env: Record<string, string>;
      let place: Awaited<ReturnType<typeof temporaryDirectory>>;
      const started = new Map<string, Promise<LambdaFunction>>();
      const sent: { connection: string; frame: string }[] = [];
      const management = createServer(async (request, response) => {
        sent.push({ connection: decodeURIComponent(request.url?.split("/").at(-1) ?? ""), frame: await text(request) });
        response.writeHead(200).end();
      });

      beforeAll(async () => {
        const packaged = spawnSync(process.execPath, ["infra/tools/package.ts"], {
          cwd: project,
          encoding: "utf8",
          env: { ...process.env, NODE_OPTIONS: "", PACKAGE_FOLDER: folder },
        });
        if (packaged.status !== 0) throw new Error(packaged.stderr);
        place = await temporaryDirectory();
        symlinkSync(join(project, "node_modules"), join(place.path, "node_modules"));
        await new Promise<void>((done) => management.listen(0, "127.0.0.1", done));
        const url = `http://127.0.0.1:${(management.address() as AddressInfo).port}`;
        env = { ...(await functionEnvironment(aws())), PLUVIA_CONNECTIONS_URL: url };
      });
      afterAll(async () => {
        management.close();
        for (const one of await Promise.allSettled(started.values())) if (one.status === "fulfilled") await one.value.stop();
        await place.remove();
      });

      const open = async (name: string): Promise<LambdaFunction> => {
        const { handler = "", timeout = 28 } = listed[name] ?? {};
        return startFunction(await unpack(name, place.path), handler, { env, timeoutSeconds: timeout });
      };
      const functionOf = (name: string): Promise<LambdaFunction> => {
        const opening = started.get(name) ?? open(name);
        started.set(name, opening);
        return opening;
      };
      const invoke = async (name: string, event: unknown): Promise<unknown> => {
        const running = await functionOf(name);
        const { answer, error } = await running.invoke(event);
        if (error) throw new Error(`${error.errorType}: ${error.errorMessage}\n${running.log().slice(-2_000)}`);
        return answer;
      };
      const ask = async (name: string, operation: ApiOperation, how: Ask, form = {}): Promise<Answer> =>
        (await invoke(name, recordedRequest(eventOf(operation, how), form))) as Answer;
      const account = { email: "ada@example.org", password: "correct horse battery", name: "Ada", team: "Ada's team" };
      const signUp = async (body: object, form = {}): Promise<string> => {
        const answer = await ask("identity", operations.userCreate, { body, headers: { "pluvia-client": "cli" } }, form);
        expect([answer.statusCode, answer.body]).toEqual([201, expect.stringContaining('"token"')]);
        return (JSON.parse(String(answer.body)) as { token: string }).token;
      };

      test.each(triggeredBy("httpApi"))("C6: %s answers a request of an HTTP API, of somebody unknown", async (name) => {
        const routes = listed[name]?.events?.flatMap(({ httpApi }) => (isRoute(httpApi) ? [httpApi] : [])) ?? [];
        const route = routes.find(({ path }) => !path.includes("{")) ?? routes[0] ?? { method: "get", path: "/v1/nothing/here" };
        const params = Object.fromEntries([...route.path.matchAll(/\{(\w+)\}/g)].map(([, param]) => [param, "none"]));
        const answer = await invoke(name, recordedRequest(eventOf(route, { params })));
        expect(answer).toMatchObject({ headers: { "content-type": "application/json; charset=utf-8" } });
        expect((answer as Answer).statusCode).toBe(statusOf[name] ?? 401);
      });
      test.each(triggeredBy("sqs"))("C6: %s buries what is no command and takes an empty batch", async (name) => {
        const queue = name.replace("worker-", "");
        const answer = (await invoke(name, recordedMessages(queueArn(queue), ["Message Body"]))) as SQSBatchResponse;
        expect(answer).toEqual({ batchItemFailures: [] });
        expect((await functionOf(name)).log()).toContain("moved to the dead letters");
      });
      test.each(triggeredBy("schedule"))("C6: %s runs when its time has come", async (name) => {
        expect(await invoke(name, recordedEvent("aws.events", "Scheduled Event", {}))).toBeNull();
      });
      test("C6: what ECS tells of tasks that are none of ours, or of no build that there is, is taken", async () => {
        const told = (detail: object) => invoke("builder-ended", recordedEvent("aws.ecs", "ECS Task State Change", detail));
        expect(await told({ ...wholeTask, group: "service:web", startedBy: "ecs-svc/1" })).toBeNull();
        expect(await told({ ...wholeTask, group: "tnt_0000000000000001", startedBy: "bld_0000000000000001" })).toBeNull();
      });

      test("a person signs up, by text and by base64, and reads their team by cookie", async () => {
        const token = await signUp(account);
        expect(await ask("teams", operations.tenantView, { as: token })).toMatchObject({
          statusCode: 200,
          body: expect.stringContaining("Ada's team"),
        });
        const other = await signUp({ ...account, email: "eve@example.org", team: "Eve's" }, { base64: true });
        const cookie = `__Host-pluvia_session=${other}`;
        expect(await ask("teams", operations.tenantView, { cookie })).toMatchObject({
          statusCode: 200,
          body: expect.stringContaining("Eve's"),
        });
      });
      test("what a request took is told in CloudWatch's format: its time, and the store's units as DynamoDB counted them", async () => {
        await signUp({ ...account, email: "edsger@example.org" });
        const lines = (await functionOf("identity")).log().split("\n");
        const told = lines.filter((line) => line.startsWith('{"_aws"')).map((line) => JSON.parse(line));
        expect(told.at(-1)).toMatchObject({
          _aws: {
            CloudWatchMetrics: [
              { Namespace: "Pluvia", Dimensions: [[]], Metrics: [{ Name: "Latency", Unit: "Milliseconds" }] },
              { Namespace: "Pluvia", Dimensions: [[]], Metrics: [{ Name: "ReadUnits", Unit: "Count" }] },
              { Namespace: "Pluvia", Dimensions: [[]], Metrics: [{ Name: "WriteUnits", Unit: "Count" }] },
            ],
          },
          operation: "userCreate",
          Latency: expect.any(Number),
          ReadUnits: expect.any(Number),
        });
      });
      test("a WebSocket is refused without a credential, and with one is opened, answered and forgotten", async () => {
        const connection = "R1kmxc2VNjMCFIA=";
        expect(await invoke("realtime", recordedSocket("$connect", { connection }))).toMatchObject({ statusCode: 401 });
        const token = await signUp({ ...account, email: "grace@example.org" });
        const headers = { Authorization: `Bearer ${token}` };
        expect(await invoke("realtime", recordedSocket("$connect", { connection, headers }))).toMatchObject({ statusCode: 200 });
        const body = '{"type":"ping"}';
        expect(await invoke("realtime", recordedSocket("$default", { connection, body }))).toMatchObject({ statusCode: 200 });
        expect(sent).toEqual([{ connection, frame: '{"type":"pong"}' }]);
        expect(await invoke("realtime", recordedSocket("$disconnect", { connection }))).toMatchObject({ statusCode: 200 });
      });
      test("an invocation that fails is told to Lambda as an error, so that it is tried again, and the function goes on", async () => {
        const directory = await unpack("sweep-outbox", join(place.path, "lost"));
        symlinkSync(join(project, "node_modules"), join(place.path, "lost/node_modules"));
        const lost = await startFunction(directory, "functions/schedules/sweep-outbox.handler", {
          env: { ...env, PLUVIA_TABLE: "no-such-table" },
        });
        for (const _time of [1, 2]) {
          const { error } = await lost.invoke(recordedEvent("aws.events", "Scheduled Event", {}));
          expect(error).toMatchObject({ errorType: expect.any(String), errorMessage: expect.any(String) });
        }
        await lost.stop();
      });
    },
    ["moto"],
  );
});
