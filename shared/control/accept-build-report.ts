import type { BuildReport } from "../contract/agent.ts";
import { BuildId, CheckId, type TenantId } from "../contract/id.ts";
import { reportCheck } from "./checks.ts";
import { type ReportDeps, reportBuild } from "./report-build.ts";

/** A builder builds or checks, and reports in the same words. */
export const acceptBuildReport = (
  deps: ReportDeps,
  asked: { tenant: TenantId; id: BuildId | CheckId; attempt: number | undefined; report: BuildReport },
): Promise<{ cancelled: boolean }> => {
  const { id, ...told } = asked;
  const check = CheckId.safeParse(id).data;
  return check ? reportCheck(deps, { ...told, check }) : reportBuild(deps, { ...told, build: BuildId.parse(id) });
};
