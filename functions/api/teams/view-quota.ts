import { operations } from "../../../shared/contract/operations.ts";
import { viewQuota } from "../../../shared/control/view-quota.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.quotaView, ({ caller, deps }) => viewQuota(deps, caller));
