import { conflict, notFound } from "../base/fault.ts";
import type { BuildReport, LogLine } from "../contract/agent.ts";
import type { Advice } from "../contract/component.ts";
import type { BuildId, TenantId } from "../contract/id.ts";
import type { Step } from "../contract/release.ts";
import { statementMediaType, statementOf } from "../domain/provenance.ts";
import { isFinished, mergedSteps } from "../domain/operation.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { Tokens } from "../ports/tokens.ts";
import { actingCaller, systemCaller } from "./caller.ts";
import { isReplaced } from "./build-order.ts";
import { commit, onConflictRetry } from "./change.ts";
import { type BuildRecord, builds, type ComponentRecord, components, keyOf, operationRows } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { type Effects, publish, together } from "./effects.ts";
import { endBuild } from "./end-build.ts";
import { movedOperation, newestOf } from "./end-operation.ts";
import { next, put, read } from "./entity.ts";
import { logEffects, newestChunk, toldSince, withLog } from "./build-log.ts";
import { countedLines } from "./log-volume.ts";
import { releaseBuild } from "./release-build.ts";

export type ReportDeps = Core & { readonly secrets: Secrets; readonly tokens: Pick<Tokens, "attest"> };
type Result = NonNullable<BuildReport["result"]>;

/** Contiguous by `sequence`, so that a report may be sent again and nothing of it is lost or kept twice. */
export const reportBuild = (
  deps: ReportDeps,
  asked: { tenant: TenantId; build: BuildId; attempt: number | undefined; report: BuildReport },
): Promise<{ cancelled: boolean }> =>
  onConflictRetry(deps, async () => {
    const build = await buildOf(deps, asked);
    const { report } = asked;
    if (build.state === "cancelled" || isReplaced(build, asked.attempt)) return { cancelled: true };
    if (build.endedAt !== null || report.sequence <= build.reportSequence) return { cancelled: false };
    assertNext(build, report);
    await keepReport(deps, build, report);
    if (report.result && !("artifact" in report.result && report.result.artifact)) deps.metrics.count("buildsFailed", 1);
    return { cancelled: false };
  });

async function buildOf(deps: ReportDeps, { tenant, build: id }: { tenant: TenantId; build: BuildId }): Promise<BuildRecord> {
  const [record, newest] = await Promise.all([
    read(deps.table, builds, keyOf.build(tenant, id)),
    newestChunk(deps, { tenant, id }),
  ]);
  if (!record) throw notFound("build", id);
  return toldSince(record, newest);
}

async function keepReport(deps: ReportDeps, build: BuildRecord, report: BuildReport): Promise<void> {
  const { tenant, id, attempt } = build;
  const counted = await countedLines(deps, build, { lines: freshLines(build, report), isLast: report.result !== undefined });
  const { base, uncounted } = counted.told;
  const log = logEffects(build, {
    lines: counted.lines,
    told: { reportSequence: report.sequence, attempt, base, uncounted },
  });
  const caller = actingCaller(tenant, { kind: "build", id, name: "build" }, "buildReport");
  if (tellsLinesAlone(report) && build.advice.length === 0 && log.writes.length > 0 && counted.writes.length === 0)
    return commit(deps, caller, { writes: log.writes, news: [shown(build)] }, undefined);
  const told = { ...build, ...toldOf(build, report), lines: log.lines, base, uncounted };
  const set = report.result ? await ended(deps, told, report.result, report.steps ?? []) : await progressed(deps, told, report);
  return commit(deps, caller, together(counted, log, set), undefined);
}

/** Most reports of a build do: the lines are all that is written for them, and the report after one that nobody was told of tells again. */
const tellsLinesAlone = ({ version: _v, sequence: _s, lines: _l, ...more }: BuildReport): boolean =>
  Object.keys(more).length === 0;
const shown = (build: BuildRecord) => publish(build.tenant, "build", build.id);

/** Those that are not kept yet. */
const freshLines = ({ base, lines: kept }: BuildRecord, { lines = [] }: BuildReport): LogLine[] =>
  lines.filter((line) => base + line.sequence > kept);

/** @throws Fault `conflict`. */
export function assertNext(known: { reportSequence: number }, report: BuildReport): void {
  if (report.sequence !== known.reportSequence + 1)
    throw conflict(
      "report.order",
      `Report ${report.sequence} came before report ${known.reportSequence + 1}.`,
      `Send report ${known.reportSequence + 1} first.`,
    );
}

function toldOf(build: BuildRecord, report: BuildReport): Partial<BuildRecord> {
  return {
    reportSequence: report.sequence,
    advice: [],
    ...(report.steps && { steps: mergedSteps(build.steps, report.steps) }),
    ...(report.commit && { commit: report.commit }),
    ...(report.language && { language: report.language }),
    ...(report.findings && { findings: report.findings }),
    ...(report.proposal && { proposal: report.proposal }),
    ...(report.cache !== undefined && { cache: report.cache }),
    ...(report.cacheMisses && { cacheMisses: report.cacheMisses }),
  };
}

/** Lines alone leave the operation as it is; steps are shown in it too. */
async function progressed(deps: ReportDeps, build: BuildRecord, report: BuildReport): Promise<Effects> {
  const own: Effects = {
    writes: [put(builds, next(build, {}))],
    commands: [shown(build)],
  };
  if (!report.steps) return own;
  const [record, operation] = await componentAndOperation(deps, build);
  if (!record || !operation) return own;
  const moved = movedOperation(operation, { kind: "reported", steps: report.steps, at: deps.clock.now().toISOString() });
  return together(own, moved);
}

const componentAndOperation = (deps: Pick<Core, "table">, build: BuildRecord) =>
  Promise.all([
    read(deps.table, components, keyOf.component(build.tenant, build.component)),
    read(deps.table, operationRows, keyOf.operation(build.tenant, build.operation)),
  ]);

async function ended(deps: ReportDeps, build: BuildRecord, result: Result, steps: readonly Step[]): Promise<Effects> {
  const endedAt = deps.clock.now().toISOString();
  const [record, known] = await componentAndOperation(deps, build);
  // A quick build tells of its last steps, or of all, together with its end.
  const operation = known && !isFinished(known.state) ? { ...known, steps: mergedSteps(known.steps, steps) } : known;
  if (result.state === "succeeded" && result.artifact) {
    // Whatever the builder says of itself counts for nothing: it runs what strangers wrote.
    const provenance = await deps.tokens.attest(statementMediaType, statementOf({ ...build, endedAt }, result.artifact));
    const artifact = { ...result.artifact, provenance };
    const own = await endBuild(deps, build, { state: "succeeded", artifact, endedAt });
    if (!record || !operation || record.newest?.id !== operation.id) return own;
    return together(own, await releaseBuild(deps, { record, operation, build, artifact }));
  }
  return failedBuild(deps, { build, record, operation, failure: failureOf(build, result) });
}

function failureOf(build: BuildRecord, result: Result): NonNullable<BuildRecord["failure"]> {
  if (result.state === "succeeded")
    return {
      code: "build.no-artifact",
      message: "The build ended without an artifact.",
      next: "Deploy again; if it happens again, report it.",
      logLine: null,
    };
  const { code, message, next, params, logLine } = result;
  return { code, message, next, params, logLine: logLine === null ? null : build.base + logLine };
}

/** Its log ends with why, as it does when the builder itself tells. */
const lastLine = (deps: Pick<Core, "clock">, { message, next: advice }: Advice): LogLine => ({
  sequence: 1,
  at: deps.clock.now().toISOString(),
  stream: "platform",
  instance: null,
  text: `Failed: ${message} ${advice}`,
});

/** Ends a build for a reason that is not its builder's to tell. undefined: it has ended, or this builder is not its own any more. */
export const failBuild = (
  deps: Core,
  { tenant, build: id, attempt }: { tenant: TenantId; build: BuildId; attempt?: number | undefined },
  failure: Advice,
): Promise<BuildRecord | undefined> =>
  onConflictRetry(deps, async () => {
    const found = await read(deps.table, builds, keyOf.build(tenant, id));
    if (!found || found.endedAt !== null || isReplaced(found, attempt)) return undefined;
    const known = await withLog(deps, found);
    const log = logEffects(
      { ...known, base: known.lines },
      { lines: [lastLine(deps, failure)], told: { ...known, uncounted: 0 } },
    );
    const build = { ...known, lines: log.lines };
    const [record, operation] = await componentAndOperation(deps, build);
    const set = await failedBuild(deps, { build, record, operation, failure: { ...failure, logLine: known.lines || null } });
    await commit(deps, systemCaller(tenant, "giveUpBuild"), together(log, set), build);
    deps.metrics.count("buildsFailed", 1);
    return build;
  });

/** The build and the operation that waits for it fail together, for the same reason. */
export async function failedBuild(
  deps: Core,
  facts: {
    build: BuildRecord;
    record: ComponentRecord | undefined;
    operation: Parameters<typeof movedOperation>[0] | undefined;
    failure: NonNullable<BuildRecord["failure"]>;
  },
): Promise<Effects> {
  const { build, record, operation, failure } = facts;
  const at = deps.clock.now().toISOString();
  const own = await endBuild(deps, build, { state: "failed", failure, endedAt: at });
  if (!record || !operation) return own;
  const { logLine: _, ...advice } = failure;
  const moved = movedOperation(operation, { kind: "failed", failure: advice, at });
  if (record.newest?.id !== operation.id) return together(own, moved);
  const after: Effects = {
    writes: [put(components, next(record, { newest: newestOf(moved.operation) }))],
    commands: [publish(record.tenant, "component", record.id)],
  };
  return together(own, moved, after);
}
