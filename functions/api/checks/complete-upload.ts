import { operations } from "../../../shared/contract/operations.ts";
import { completeUpload } from "../../../shared/control/uploads.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.uploadComplete, ({ params, caller, deps }) => completeUpload(deps, caller, params));
