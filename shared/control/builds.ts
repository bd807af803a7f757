import type { Page } from "../base/page.ts";
import type { LogLine } from "../contract/agent.ts";
import type { BuildId, ComponentId } from "../contract/id.ts";
import type { Build } from "../contract/release.ts";
import { linesAfter } from "./build-log.ts";
import type { Caller } from "./change.ts";
import { builds } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { findBuild, findComponent } from "./find.ts";
import { pageOf, type PageAsked } from "./pages.ts";

export async function listBuilds(
  deps: Core,
  caller: Caller,
  asked: PageAsked & { component: ComponentId },
): Promise<Page<Build>> {
  const component = await findComponent(deps, caller, asked.component);
  const pk = `tenant#${component.tenant}#build#${component.id}`;
  return pageOf(deps.table, builds, { pk, byIndex: true, descending: true }, asked);
}

/** `ended`: no line will come after these. */
export async function buildLog(
  deps: Core,
  caller: Caller,
  asked: { build: BuildId; after: number; limit: number },
): Promise<{ lines: LogLine[]; ended: boolean }> {
  const build = await findBuild(deps, caller, asked.build);
  const lines = await linesAfter(deps, { tenant: build.tenant, id: build.id }, asked.after, asked.limit);
  return { lines, ended: build.endedAt !== null && (lines.at(-1)?.sequence ?? asked.after) >= build.lines };
}
