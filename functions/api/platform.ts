import { resource } from "../_runtime/resource.ts";
import { handler as health } from "./platform/health.ts";
import { handler as openapi } from "./platform/openapi.ts";

export const handler = resource([health, openapi]);
