import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { Fault } from "../../shared/base/fault.ts";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { type Answer, faultAnswer } from "./answer.ts";
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
    return route ? route(event, context) : misled(event);
  };
  return Object.assign(handle, { operations: endpoints.map((one) => one.operation) });
}

/** serverless.yml routes to a function what it has an endpoint for, and all else to functions/api/unknown.ts. */
const misled = ({ routeKey, requestContext }: APIGatewayProxyEventV2): Answer =>
  faultAnswer(requestContext.requestId, new Fault("internal", "A request came to the wrong function.", { detail: { routeKey } }));
