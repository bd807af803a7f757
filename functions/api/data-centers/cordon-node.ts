import { operations } from "../../../shared/contract/operations.ts";
import { changeNode } from "../../../shared/control/data-centers/change-node.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.nodeCordon, ({ params, caller, deps }) =>
  changeNode(deps, caller, { ...params, change: { kind: "cordon" } }),
);
