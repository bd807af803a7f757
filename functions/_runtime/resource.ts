import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { Fault } from "../../shared/base/fault.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { operations } from "../../shared/contract/operations.ts";
import { type Answer, answerOf, faultAnswer } from "./answer.ts";
import { routeKeyOf } from "./request.ts";

interface Route {
  (event: APIGatewayProxyEventV2, context: Context): Promise<Answer>;
  readonly operation: ApiOperation;
}

/** One deployed function for the endpoints of a resource, chosen by the event's route key. */
export function resource(endpoints: readonly Route[]) {
  const routes = new Map(endpoints.map((one) => [routeKeyOf(one.operation), one]));
  const handle = async (event: APIGatewayProxyEventV2, context: Context): Promise<Answer> => {
    // The front sends the headers of the answer alone.
    const route = routes.get(event.routeKey.replace(/^HEAD /, "GET "));
    return route ? route(event, context) : unknownRoute(event);
  };
  return Object.assign(handle, { operations: endpoints.map((one) => one.operation) });
}

function unknownRoute(event: APIGatewayProxyEventV2): Answer {
  const { method } = event.requestContext.http;
  const request = event.requestContext.requestId;
  const methods = methodsOf(event.rawPath);
  const allow = methods.map((m) => m.toUpperCase()).join(", ");
  if (method === "OPTIONS" && methods.length > 0)
    return { ...answerOf(request, 204, undefined), headers: { ...answerOf(request, 204, undefined).headers, allow } };
  const fault = new Fault("not_found", `There is no ${method} ${event.rawPath.slice(0, 200)}.`, {
    next:
      methods.length > 0
        ? `This path takes ${allow}.`
        : `Paths begin with ${roots.join(", ")}; GET /v1/openapi.json lists them all.`,
    reason: "path.unknown",
    params: { method, path: event.rawPath.slice(0, 200) },
  });
  const answer = faultAnswer(request, fault);
  if (methods.length > 0) answer.headers["allow"] = allow;
  return answer;
}

const table: readonly ApiOperation[] = Object.values(operations);
const roots = [...new Set(table.map((o) => `/v1/${o.path.split("/")[2]}`))];
const methodsOf = (path: string): string[] =>
  table
    .filter((o) => new RegExp(`^${o.path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(path))
    .flatMap(({ method }) => (method === "get" ? ["get", "head"] : [method]));
