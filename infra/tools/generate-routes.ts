import { operations } from "../../shared/contract/operations.ts";

/** The text of shared/client/routes.ts: what a client must know of an operation at run time, without any schema. */
export function routesSource(): string {
  const rows = Object.entries(operations).map(([name, o]) => `  ${name}: ["${o.method}", "${o.path}", "${o.audience}"],`);
  return [
    "// Generated from contract/operations.ts by infra/tools/generate-routes.ts (npm run golden). Do not edit.",
    'import type { Audience } from "../contract/api-operation.ts";',
    'import type { OperationName } from "../contract/operations.ts";',
    "",
    "/** Method, path and audience of every operation: the client needs no schema, so neither does the console's first load. */",
    "export const routes = {",
    ...rows,
    '} as const satisfies Record<OperationName, readonly ["get" | "post" | "put" | "patch" | "delete", string, Audience]>;',
    "",
  ].join("\n");
}
