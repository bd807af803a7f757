import { operations } from "../../../shared/contract/operations.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

/** Made once per process and address: making it takes tens of ms, as does loading what makes it. */
const made = new Map<string, Record<string, unknown>>();

export const handler = endpoint(operations.openapiView, async ({ deps: { settings } }) => {
  const known = made.get(settings.url);
  if (known) return known;
  const { openApiDocument } = await import("../../../shared/contract/openapi.ts");
  const document = openApiDocument(settings.version, settings.url);
  made.set(settings.url, document);
  return document;
});
