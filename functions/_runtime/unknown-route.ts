import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { Fault } from "../../shared/base/fault.ts";
import { meant } from "../../shared/base/meant.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { operations } from "../../shared/contract/operations.ts";
import { type Answer, answerOf, faultAnswer } from "./answer.ts";

/** Answers what no operation is for: with the methods of a path, or the path that was probably meant. */
export function unknownRoute(event: APIGatewayProxyEventV2): Answer {
  const { method } = event.requestContext.http;
  const request = event.requestContext.requestId;
  const methods = methodsOf(event.rawPath);
  const allow = methods.map((m) => m.toUpperCase()).join(", ");
  if (method === "OPTIONS" && methods.length > 0)
    return { ...answerOf(request, 204, undefined), headers: { ...answerOf(request, 204, undefined).headers, allow } };
  return methods.length > 0 ? otherMethod(event, allow) : otherPath(event);
}

function otherMethod(event: APIGatewayProxyEventV2, allow: string): Answer {
  const asked = askedOf(event);
  const fault = new Fault("not_found", `There is no ${asked.method} ${asked.path}.`, {
    next: `This path takes ${allow}.`,
    reason: "method.unknown",
    params: { ...asked, allow },
  });
  const answer = faultAnswer(event.requestContext.requestId, fault);
  return { ...answer, statusCode: 405, headers: { ...answer.headers, allow } };
}

function otherPath(event: APIGatewayProxyEventV2): Answer {
  const asked = askedOf(event);
  const near = likePath(event.rawPath);
  const fault = new Fault("not_found", `There is no ${asked.method} ${asked.path}.`, {
    next:
      near === undefined
        ? `Paths begin with ${roots.join(", ")}; GET /v1/openapi.json lists them all.`
        : `Did you mean ${near}? GET /v1/openapi.json lists all paths.`,
    reason: "path.unknown",
    params: { ...asked, ...(near !== undefined && { meant: near }) },
  });
  return faultAnswer(event.requestContext.requestId, fault);
}

const askedOf = ({ rawPath, requestContext }: APIGatewayProxyEventV2): { readonly method: string; readonly path: string } => ({
  method: requestContext.http.method,
  path: rawPath.slice(0, 200),
});

const table: readonly ApiOperation[] = Object.values(operations);
const roots = [...new Set(table.map((o) => `/v1/${o.path.split("/")[2]}`))];
const methodsOf = (path: string): string[] =>
  table
    .filter((o) => new RegExp(`^${o.path.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "[^/]+")}$`).test(path))
    .flatMap(({ method }) => (method === "get" ? ["get", "head"] : [method]));

/** The path that was probably meant: without a slash too many, each word the nearest there is. */
function likePath(path: string): string | undefined {
  const sent = path
    .slice(0, 500)
    .split("/")
    .filter((word) => word !== "");
  const alike = table.flatMap((o) => {
    const words = o.path.split("/").slice(1);
    const named = words.map((word, at) => (word.startsWith("{") ? sent[at] : meant(sent[at] ?? "", [word])));
    const changed = named.filter((word, at) => word !== sent[at]).length;
    return words.length !== sent.length || named.includes(undefined) ? [] : [{ path: `/${named.join("/")}`, changed }];
  });
  return alike.toSorted((a, b) => a.changed - b.changed)[0]?.path;
}
