import { operations } from "../../../shared/contract/operations.ts";
import { listAuditEntries } from "../../../shared/control/list-audit-entries.ts";
import { endpoint } from "../../_runtime/endpoint.ts";

export const handler = endpoint(operations.auditList, ({ query, caller, deps }) => listAuditEntries(deps, caller, query));
