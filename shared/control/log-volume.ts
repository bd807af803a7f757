import type { LogLine } from "../contract/agent.ts";
import { bytesOf, bytesOfMib, withinVolume } from "../domain/log-volume.ts";
import { type BuildRecord, keyOf, logVolumes } from "./component-tables.ts";
import type { Core } from "./core.ts";
import type { TenantId } from "../contract/id.ts";
import { type Effects, noEffects } from "./effects.ts";
import { next, put, read } from "./entity.ts";
import { quotaOf } from "./quota.ts";

type Deps = Pick<Core, "table" | "quota" | "clock">;
/** A build's lines are counted in its team's day this much at a time, and at its end: a write for each report would cost more than the log. */
const countedBytes = bytesOfMib;

export async function volumeOf(deps: Deps, tenant: TenantId) {
  const day = deps.clock.now().toISOString().slice(0, 10);
  return (await read(deps.table, logVolumes, keyOf.logVolume(tenant, day))) ?? { tenant, day, bytes: 0, generation: 0 };
}

/** What of its lines a build may still log, and what its record keeps of them from here on. */
export async function countedLines(
  deps: Deps,
  build: BuildRecord,
  { lines, isLast }: { readonly lines: readonly LogLine[]; readonly isLast: boolean },
): Promise<Effects & { readonly lines: LogLine[]; readonly told: Pick<BuildRecord, "uncounted" | "base"> }> {
  if (lines.length === 0 && (!isLast || build.uncounted === 0)) return { ...noEffects, lines: [], told: build };
  const [volume, { logMibPerDay: limitMib }] = await Promise.all([volumeOf(deps, build.tenant), quotaOf(deps, build.tenant)]);
  const roomBytes = limitMib * bytesOfMib - volume.bytes - build.uncounted;
  const { kept, dropped } = withinVolume(lines, { roomBytes, limitMib });
  const bytes = build.uncounted + bytesOf(kept);
  const base = build.base - dropped;
  if (!isLast && bytes < countedBytes) return { ...noEffects, lines: kept, told: { uncounted: bytes, base } };
  const writes = [put(logVolumes, next(volume, { bytes: volume.bytes + bytes }))];
  return { writes, commands: [], lines: kept, told: { uncounted: 0, base } };
}
