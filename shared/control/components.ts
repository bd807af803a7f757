import type { Page } from "../base/page.ts";
import type { Component } from "../contract/component.ts";
import type { ComponentId } from "../contract/id.ts";
import { mayReach } from "../domain/authorize.ts";
import { placeOf } from "../domain/movement.ts";
import type { Caller } from "./change.ts";
import { type ComponentRecord, components, dataCenters, keyOf, statuses } from "./component-tables.ts";
import { viewComponent, viewComponents, type ViewDeps } from "./component-view.ts";
import type { Core } from "./core.ts";
import { read } from "./entity.ts";
import { findApplication, findComponent } from "./find.ts";
import { mapPage, pageOf, type PageAsked } from "./pages.ts";
import { watch } from "./watch.ts";

export async function componentOf(deps: ViewDeps & Core, caller: Caller, id: ComponentId): Promise<Component> {
  const record = await findComponent(deps, caller, id);
  const [view] = await Promise.all([viewComponent(deps, record), watchUsage(deps, caller, record)]);
  return view;
}

async function watchUsage(deps: Core, caller: Caller, record: ComponentRecord): Promise<void> {
  const [status, dataCenter] = await Promise.all([
    read(deps.table, statuses, keyOf.status(record.tenant, record.id)),
    read(deps.table, dataCenters, keyOf.dataCenter(placeOf(record))),
  ]);
  const isRunning = status !== undefined && status.observation.instances.length > 0;
  if (dataCenter && isRunning) await watch(deps, caller, { dataCenter, told: status.observation.at });
}

type ListAsked = PageAsked & { readonly application?: string | undefined };

export async function listComponents(deps: ViewDeps, caller: Caller, asked: ListAsked): Promise<Page<Component>> {
  const [page] = await Promise.all([
    componentPage(deps, caller, asked),
    asked.application && findApplication(deps, caller, asked.application),
  ]);
  const seen = { ...page, items: page.items.filter((c) => mayReach(caller, c.application)) };
  return mapPage(seen, (items) => viewComponents(deps, items));
}

/** What `listComponents` reads first, whoever asks. */
export const componentPage = (deps: Pick<ViewDeps, "table">, { tenant }: Pick<Caller, "tenant">, asked: ListAsked) =>
  pageOf(
    deps.table,
    components,
    asked.application
      ? { pk: `tenant#${tenant}#application#${asked.application}`, byIndex: true }
      : { pk: `tenant#${tenant}`, prefix: "component#" },
    asked,
  );
