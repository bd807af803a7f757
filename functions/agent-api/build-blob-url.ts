import { operations } from "../../shared/contract/operations.ts";
import { buildBlobUrl } from "../../shared/control/blob-urls.ts";
import { endpoint } from "../_runtime/endpoint.ts";

export const handler = endpoint(operations.buildBlobUrl, ({ body, build, deps }) => buildBlobUrl(deps, build, body));
