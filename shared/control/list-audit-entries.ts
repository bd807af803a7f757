import type { Page } from "../base/page.ts";
import { AuditEntry } from "../contract/identity.ts";
import { auditEntries, type Caller } from "./change.ts";
import type { Core } from "./core.ts";
import { type PageAsked, pageOf } from "./pages.ts";

/** Newest first; of one subject when `subject` is given. */
export async function listAuditEntries(
  deps: Core,
  { tenant }: Caller,
  { subject, ...asked }: PageAsked & { subject?: string | undefined },
): Promise<Page<AuditEntry>> {
  const all = { pk: `tenant#${tenant}`, prefix: "audit#" };
  const place = subject === undefined ? all : ({ pk: `tenant#${tenant}#audit#${subject}`, byIndex: true } as const);
  const page = await pageOf(deps.table, auditEntries, { ...place, descending: true }, asked);
  return { ...page, items: page.items.map((entry) => AuditEntry.parse(entry)) };
}
