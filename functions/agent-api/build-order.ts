import { operations } from "../../shared/contract/operations.ts";
import { serveBuildOrder } from "../../shared/control/serve-build-order.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.buildOrder, ({ params, build, deps }) =>
  serveBuildOrder(deps, { ...build, id: params.build }),
);
