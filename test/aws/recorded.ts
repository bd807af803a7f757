import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { APIGatewayProxyEventV2, EventBridgeEvent, SQSEvent } from "aws-lambda";

/**
 * Events as AWS recorded them: the test data of its Go library (github.com/aws/aws-lambda-go, events/testdata), which `.ci/run` fetches as a Go module.
 * Only what tells one request from another is put in their place; every other field, and the way it is written, is theirs.
 */
const modules = resolve(import.meta.dirname, "../../.cache/lambda/go/github.com/aws");
const found = (() => {
  try {
    return readdirSync(modules).find((name) => name.startsWith("aws-lambda-go@"));
  } catch {
    return undefined; // not fetched: the tests say so
  }
})();
const directory = found === undefined ? undefined : join(modules, found, "events/testdata");
export const hasRecorded = directory !== undefined;

type Values = Record<string, never>;
const read = <T = Values>(name: string): T => JSON.parse(readFileSync(join(String(directory), `${name}.json`), "utf8")) as T;

/** A request of an HTTP API; `ours` is of the same request, with fields of any other origin. */
export function recordedRequest(ours: APIGatewayProxyEventV2, { base64 = false } = {}): APIGatewayProxyEventV2 {
  const recorded = read<APIGatewayProxyEventV2>("apigw-v2-request-no-authorizer");
  const { routeKey, rawPath, rawQueryString, cookies, pathParameters, queryStringParameters, body } = ours;
  const { method, path } = ours.requestContext.http;
  const given = { cookies, pathParameters, queryStringParameters };
  return {
    ...recorded,
    routeKey,
    rawPath,
    rawQueryString,
    headers: { ...recorded.headers, ...ours.headers },
    requestContext: {
      ...recorded.requestContext,
      routeKey,
      http: { ...recorded.requestContext.http, method, path },
    },
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(body === undefined ? {} : { body: base64 ? Buffer.from(body).toString("base64") : body }),
    isBase64Encoded: base64 && body !== undefined,
  };
}

const sockets = {
  $connect: "apigw-websocket-request",
  $default: "apigw-websocket-request-send-message",
  $disconnect: "apigw-websocket-request-disconnect",
};
interface Frame {
  readonly connection: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}
/** What a WebSocket API tells of one connection. */
export function recordedSocket(routeKey: keyof typeof sockets, { connection, body, headers, query }: Frame) {
  const recorded = read<{ requestContext: object; headers?: object }>(sockets[routeKey]);
  return {
    ...recorded,
    ...(recorded.headers && { headers: { ...recorded.headers, ...headers } }),
    ...(query && { queryStringParameters: query }),
    ...(body !== undefined && { body }),
    requestContext: { ...recorded.requestContext, routeKey, connectionId: connection, connectedAt: Date.now() },
  };
}

/** Messages of a queue that keeps order, as our senders mark them. */
export function recordedMessages(queueArn: string, bodies: readonly string[]): SQSEvent {
  const [recorded] = read<SQSEvent>("sqs-event").Records;
  if (!recorded) throw new Error("the recorded event has no message");
  const tenant = { stringValue: "tnt_0000000000000001", stringListValues: [], binaryListValues: [], dataType: "String" as const };
  return {
    Records: bodies.map((body, at) => ({
      ...recorded,
      messageId: `message-${at}`,
      body,
      eventSourceARN: queueArn,
      attributes: { ...recorded.attributes, MessageGroupId: `group-${at}` },
      messageAttributes: { ...recorded.messageAttributes, tenant },
    })),
  };
}

/** An event of EventBridge in its recorded envelope. */
export const recordedEvent = <D>(source: string, type: string, detail: D): EventBridgeEvent<string, D> => ({
  ...read<EventBridgeEvent<string, D>>("ecs-container-instance-state-change"),
  source,
  "detail-type": type,
  detail,
});
