import { operations } from "../../../shared/contract/operations.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.healthView, async ({ deps }) => ({
  status: "ok" as const,
  version: deps.settings.version,
  time: deps.clock.now().toISOString(),
}));
