import type { Page } from "../base/page.ts";
import type { LogLine } from "../contract/agent.ts";
import type { BuildId, ComponentId, TenantId } from "../contract/id.ts";
import type { Build } from "../contract/release.ts";
import { linesAfter } from "./build-log.ts";
import type { Caller } from "./change.ts";
import { builds, keyOf } from "./component-tables.ts";
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

interface LogAsked {
  readonly build: BuildId;
  readonly after: number;
  readonly limit: number;
}

/** `ended`: no line will come after these. */
export async function buildLog(deps: Core, caller: Caller, asked: LogAsked): Promise<{ lines: LogLine[]; ended: boolean }> {
  const build = await findBuild(deps, caller, asked.build);
  const lines = await linesOf(deps, caller.tenant, asked);
  return { lines, ended: build.endedAt !== null && (lines.at(-1)?.sequence ?? asked.after) >= build.lines };
}

const linesOf = (deps: Pick<Core, "table">, tenant: TenantId, { build, after, limit }: LogAsked): Promise<LogLine[]> =>
  linesAfter(deps, { tenant, id: build }, after, limit);

/** What `buildLog` reads, whoever asks. */
export const buildLogRows = (deps: Pick<Core, "table">, tenant: TenantId, asked: LogAsked): Promise<unknown> =>
  Promise.all([deps.table.get(keyOf.build(tenant, asked.build)), linesOf(deps, tenant, asked)]);
