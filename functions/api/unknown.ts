import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { ApiOperation } from "../../shared/contract/api-operation.ts";
import { unknownRoute } from "../_runtime/unknown-route.ts";

/** The $default route: every request that no operation is for. */
export const handler = Object.assign(async (event: APIGatewayProxyEventV2) => unknownRoute(event), {
  operations: [] as readonly ApiOperation[],
});
