import { openApiDocument } from "../../../shared/contract/openapi.ts";
import { operations } from "../../../shared/contract/operations.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

/** Made once per process and address: making it takes tens of ms. */
const made = new Map<string, ReturnType<typeof openApiDocument>>();

export const handler = endpoint(operations.openapiView, async ({ deps: { settings } }) => {
  const document = made.get(settings.url) ?? openApiDocument(settings.version, settings.url);
  made.set(settings.url, document);
  return document;
});
