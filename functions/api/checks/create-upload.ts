import { operations } from "../../../shared/contract/operations.ts";
import { createUpload } from "../../../shared/control/uploads.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.uploadCreate, ({ body, caller, deps }) => createUpload(deps, caller, body));
