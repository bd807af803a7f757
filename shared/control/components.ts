import type { Page } from "../base/page.ts";
import type { Component } from "../contract/component.ts";
import type { ComponentId } from "../contract/id.ts";
import { mayReach } from "../domain/authorize.ts";
import type { Caller } from "./change.ts";
import { components } from "./component-tables.ts";
import { viewComponent, viewComponents, type ViewDeps } from "./component-view.ts";
import { findApplication, findComponent } from "./find.ts";
import { mapPage, pageOf, type PageAsked } from "./pages.ts";

export const componentOf = async (deps: ViewDeps, caller: Caller, id: ComponentId): Promise<Component> =>
  viewComponent(deps, await findComponent(deps, caller, id));

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
