import type { Page } from "../base/page.ts";
import type { Operation } from "../contract/operation.ts";
import { mayReach } from "../domain/authorize.ts";
import type { Caller } from "./change.ts";
import { operationRows } from "./component-tables.ts";
import type { Core } from "./core.ts";

import { pageOf, type PageAsked } from "./pages.ts";

/** Newest first; of a removed component too: what was done to it outlives it. */
export function listOperations(
  deps: Core,
  caller: Caller,
  asked: PageAsked & { component?: string | undefined; dataCenter?: string | undefined },
): Promise<Page<Operation>> {
  const { tenant } = caller;
  const of = asked.component ?? asked.dataCenter;
  const query = of
    ? { pk: `tenant#${tenant}#operation#${of}`, byIndex: true as const }
    : { pk: `tenant#${tenant}`, prefix: "operation#" };
  return pageOf(deps.table, operationRows, { ...query, descending: true }, asked, (o) => mayReach(caller, o.application));
}
