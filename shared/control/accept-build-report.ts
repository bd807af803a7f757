import type { BuildReport } from "../contract/agent.ts";
import { BuildId, CheckId, type TenantId } from "../contract/id.ts";
import { reportCheck } from "./checks.ts";
import { type ReportDeps, reportBuild } from "./report-build.ts";

/** A builder builds or checks, and reports in the same words. */
export const acceptBuildReport = (
  deps: ReportDeps,
  asked: { tenant: TenantId; id: BuildId | CheckId; report: BuildReport },
): Promise<{ cancelled: boolean }> => {
  const { tenant, id, report } = asked;
  const check = CheckId.safeParse(id).data;
  return check ? reportCheck(deps, { tenant, check, report }) : reportBuild(deps, { tenant, build: BuildId.parse(id), report });
};
