import type { Page } from "../base/page.ts";
import type { ComponentId, ReleaseId } from "../contract/id.ts";
import type { Release } from "../contract/release.ts";
import { maskedVariable } from "../domain/release.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Caller } from "./change.ts";
import { type ReleaseRecord, releases } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { findComponent, findRelease } from "./find.ts";
import { mapPage, pageOf, type PageAsked } from "./pages.ts";
import { openVariables } from "./sealed-variables.ts";

type Deps = Core & { readonly secrets: Secrets };

async function viewRelease(deps: Deps, { sealed, ...release }: ReleaseRecord): Promise<Release> {
  const variables = await openVariables(deps, release.tenant, sealed);
  return { ...release, variables: variables.map(maskedVariable) };
}

export async function listReleases(
  deps: Deps,
  caller: Caller,
  asked: PageAsked & { component: ComponentId },
): Promise<Page<Release>> {
  const component = await findComponent(deps, caller, asked.component);
  const pk = `tenant#${component.tenant}#component#${component.id}`;
  const page = await pageOf(deps.table, releases, { pk, prefix: "release#", descending: true }, asked);
  return mapPage(page, (items) => Promise.all(items.map((item) => viewRelease(deps, item))));
}

export async function releaseOf(
  deps: Deps,
  caller: Caller,
  asked: { component: ComponentId; release: ReleaseId },
): Promise<Release> {
  const component = await findComponent(deps, caller, asked.component);
  return viewRelease(deps, await findRelease(deps, component, asked.release));
}
