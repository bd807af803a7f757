import { openApiDocument } from "../../../shared/contract/openapi.ts";
import { operations } from "../../../shared/contract/operations.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.openapiView, async ({ deps }) =>
  openApiDocument(deps.settings.version, deps.settings.url),
);
