import { answerBytes, answerBytesMax } from "../base/answer-bytes.ts";
import type { Page } from "../base/page.ts";
import type { LogLine } from "../contract/agent.ts";
import type { BuildId, ComponentId, TenantId } from "../contract/id.ts";
import type { Build } from "../contract/release.ts";
import { linesAfter } from "./build-log.ts";
import type { Caller } from "./change.ts";
import { type SlotDeps, turnOf } from "./build-slots.ts";
import { type BuildRecord, builds, keyOf } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { findBuild, findComponent } from "./find.ts";
import { mapPage, pageOf, type PageAsked } from "./pages.ts";

type BuildDeps = Pick<Core, "table"> & SlotDeps;
export async function listBuilds(
  deps: BuildDeps,
  caller: Caller,
  asked: PageAsked & { component: ComponentId },
): Promise<Page<Build>> {
  const component = await findComponent(deps, caller, asked.component);
  const pk = `tenant#${component.tenant}#build#${component.id}`;
  const page = await pageOf(deps.table, builds, { pk, byIndex: true, descending: true }, asked);
  return mapPage(page, (records) => Promise.all(records.map((record) => shownBuild(deps, record))));
}

export const viewBuild = async (deps: BuildDeps, caller: Pick<Caller, "tenant" | "applications">, id: BuildId): Promise<Build> =>
  shownBuild(deps, await findBuild(deps, caller, id));

const shownBuild = async (deps: BuildDeps, record: BuildRecord): Promise<Build> => ({
  ...record,
  turn: record.state === "queued" ? await turnOf(deps, { tenant: record.tenant, build: record.id }) : null,
});

interface LogAsked {
  readonly build: BuildId;
  readonly after: number;
  readonly limit: number;
}

/** `ended`: no line will come after these. There may be fewer than asked for, with more to follow: so many would be too much for an answer. */
export async function buildLog(deps: Core, caller: Caller, asked: LogAsked): Promise<{ lines: LogLine[]; ended: boolean }> {
  const build = await findBuild(deps, caller, asked.build);
  const found = await linesOf(deps, caller.tenant, asked);
  const lines = fitting(found);
  return { lines, ended: build.endedAt !== null && found.length < asked.limit && lines.length === found.length };
}
/** As many of the first as an answer takes. */
function fitting(lines: LogLine[]): LogLine[] {
  let bytes = 0;
  const tooMuch = lines.findIndex((line, at) => {
    bytes += answerBytes(line);
    return at > 0 && bytes > answerBytesMax;
  });
  return tooMuch < 0 ? lines : lines.slice(0, tooMuch);
}

const linesOf = (deps: Pick<Core, "table">, tenant: TenantId, { build, after, limit }: LogAsked): Promise<LogLine[]> =>
  linesAfter(deps, { tenant, id: build }, after, limit);

/** What `buildLog` reads, whoever asks. */
export const buildLogRows = (deps: Pick<Core, "table">, tenant: TenantId, asked: LogAsked): Promise<unknown> =>
  Promise.all([deps.table.get(keyOf.build(tenant, asked.build)), linesOf(deps, tenant, asked)]);
