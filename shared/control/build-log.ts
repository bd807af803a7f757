import type { LogLine } from "../contract/agent.ts";
import type { BuildId, CheckId, TenantId } from "../contract/id.ts";
import type { Table } from "../ports/table.ts";
import { type BuildLog, type BuildRecord, buildLogs, logKeyBefore, logPartition } from "./component-tables.ts";
import { type Effects, noEffects } from "./effects.ts";
import { list, put } from "./entity.ts";

/** Half of what an item may have (DynamoDB: 400 KB), as JSON escapes can double a line. */
const chunkBytesMax = 200 * 1_024;

interface Logged {
  readonly id: BuildId | CheckId;
  readonly tenant: TenantId;
  readonly lines: number;
  readonly base: number;
}

/** The record with what reports of lines alone have told since it was written. */
export async function withLog(deps: { table: Table }, build: BuildRecord): Promise<BuildRecord> {
  return toldSince(build, await newestChunk(deps, build));
}

export const newestChunk = async (deps: { table: Table }, of: Pick<Logged, "tenant" | "id">): Promise<BuildLog | undefined> =>
  (await list(deps.table, buildLogs, { pk: logPartition(of.tenant, of.id), prefix: "log#", descending: true, limit: 1 }))
    .items[0];

export function toldSince(build: BuildRecord, newest: BuildLog | undefined): BuildRecord {
  const lines = newest?.lines.at(-1)?.sequence ?? 0;
  const told = newest?.told;
  if (told?.attempt === build.attempt && told.reportSequence > build.reportSequence) return { ...build, ...told, lines };
  // Of an attempt that was taken for lost.
  return lines > build.lines ? { ...build, lines, base: Math.max(build.base, lines) } : build;
}

/** Appends lines, numbered on from what earlier attempts wrote; `lines` is how many there are then. */
export function logEffects(
  of: Logged,
  { lines, told }: { readonly lines: readonly LogLine[]; readonly told: NonNullable<BuildLog["told"]> },
): Effects & { readonly lines: number } {
  const fresh = lines.map((l) => ({ ...l, sequence: of.base + l.sequence })).filter((l) => l.sequence > of.lines);
  const writes = chunks(fresh).map((chunk) =>
    put(buildLogs, { tenant: of.tenant, build: of.id, first: chunk[0]?.sequence ?? 0, lines: chunk, told, generation: 1 }),
  );
  return { ...noEffects, writes, lines: fresh.at(-1)?.sequence ?? of.lines };
}

function chunks(lines: readonly LogLine[]): LogLine[][] {
  const all: LogLine[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const size = line.text.length * 2 + 150;
    if (bytes + size > chunkBytesMax) {
      all.push([]);
      bytes = 0;
    }
    all.at(-1)?.push(line);
    bytes += size;
  }
  return all;
}

/** Up to `limit` lines after a sequence number. A chunk that begins before it may still have lines after it. */
export async function linesAfter(
  deps: { table: Table },
  of: { tenant: TenantId; id: BuildId | CheckId },
  after: number,
  limit: number,
): Promise<LogLine[]> {
  const pk = logPartition(of.tenant, of.id);
  const lines: LogLine[] = [];
  let from = await chunkWith(deps, pk, after);
  while (lines.length < limit) {
    const { items } = await list(deps.table, buildLogs, {
      pk,
      prefix: "log#",
      limit: 10,
      ...(from !== undefined && { after: from }),
    });
    lines.push(...items.flatMap((chunk) => chunk.lines).filter((l) => l.sequence > after));
    const last = items.at(-1);
    if (!last || items.length < 10) break;
    from = logKeyBefore(last.first);
  }
  return lines.slice(0, limit);
}

/** The key to read after so that the chunk holding line `after + 1` comes first. Readers mostly follow the end, so it is sought from there. */
async function chunkWith(deps: { table: Table }, pk: string, after: number): Promise<string | undefined> {
  let page: string | undefined;
  while (after > 0) {
    const got = await list(deps.table, buildLogs, {
      pk,
      prefix: "log#",
      descending: true,
      limit: 5,
      ...(page !== undefined && { page }),
    });
    const holder = got.items.find((chunk) => chunk.first <= after + 1);
    if (holder) return logKeyBefore(holder.first - 1);
    if (got.next === undefined) return undefined;
    page = got.next;
  }
  return undefined;
}
