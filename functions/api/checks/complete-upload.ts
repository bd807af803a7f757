import { operations } from "../../../shared/contract/operations.ts";
import { completeUpload } from "../../../shared/control/uploads.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.uploadComplete, ({ params, body, caller, deps }) =>
  completeUpload(deps, caller, { upload: params.upload, digest: body.digest }),
);
