import { operations } from "../../../shared/contract/operations.ts";
import { findBuild } from "../../../shared/control/find.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.buildView, ({ params, caller, deps }) => findBuild(deps, caller, params.build));
