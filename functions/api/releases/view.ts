import { operations } from "../../../shared/contract/operations.ts";
import { releaseOf } from "../../../shared/control/releases.ts";
import { endpoint } from "../../_runtime/endpoint.ts";
import { componentAhead } from "../../_runtime/read-ahead.ts";

export const handler = endpoint(
  operations.releaseView,
  ({ params, caller, deps }) => releaseOf(deps, caller, params),
  componentAhead,
);
