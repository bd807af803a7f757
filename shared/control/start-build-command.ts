import type { Command } from "../contract/commands.ts";
import type { BuildId, TenantId } from "../contract/id.ts";

export const startBuildCommand = (tenant: TenantId, build: BuildId): Command => ({
  kind: "startBuild",
  version: 1,
  tenant,
  build,
});
