import { notFound } from "../base/fault.ts";
import type { BuildReport } from "../contract/agent.ts";
import { CheckId, type DataCenterId, type TenantId } from "../contract/id.ts";
import type { Check, GitCredential, Language, Source } from "../contract/source.ts";
import type { Secrets } from "../ports/secrets.ts";
import { checksHere } from "../domain/data-center.ts";
import { assertWithin } from "../domain/quota.ts";
import { actingCaller, systemCaller } from "./caller.ts";
import { type Caller, commit, onConflictRetry } from "./change.ts";
import { type CheckRecord, checks, keyOf, watches } from "./component-tables.ts";
import type { Core } from "./core.ts";
import { sealCredential } from "./credential.ts";
import { cancelBuilder, isOurs, observeBuilder, startBuilder } from "./data-centers/builders.ts";
import { publish } from "./effects.ts";
import { listAll, next, put, read } from "./entity.ts";
import { findDataCenter } from "./find.ts";
import { claim } from "./quota.ts";
import { assertNext } from "./report-build.ts";
import { assertSource, type SourceDeps, usedSource } from "./source.ts";
import { unreported } from "./source-build.ts";
import { isGoingOn } from "../ports/build-runner.ts";
import type { StartDeps } from "./start-build.ts";
import { type Swept, sweepRows } from "./sweep-rows.ts";

type CreateDeps = Core & SourceDeps & { readonly secrets: Secrets };
interface Asked {
  readonly source: Source;
  readonly credential?: GitCredential | undefined;
  readonly language?: Language | undefined;
  readonly dataCenter?: DataCenterId | undefined;
}

/** A look at a source by a builder; the answer comes with its reports. */
export const createCheck = (deps: CreateDeps, caller: Caller, asked: Asked): Promise<Check> =>
  onConflictRetry(deps, () => created(deps, caller, asked));

async function created(deps: CreateDeps, caller: Caller, asked: Asked): Promise<Check> {
  await assertSource(deps, caller.tenant, asked.source);
  const dataCenter = await lookingFrom(deps, caller, asked.dataCenter);
  const claimed = await claimCheck(deps, caller.tenant);
  const id = CheckId.parse(deps.ids.next("chk"));
  const { tenant } = caller;
  const createdAt = deps.clock.now().toISOString();
  const check: CheckRecord = {
    id,
    tenant,
    source: asked.source,
    dataCenter,
    state: "running",
    findings: [],
    proposal: null,
    createdAt,
    endedAt: null,
    generation: 1,
    ...unreported,
    // Its builder has one life: what is lost is told.
    attempt: 1,
    credential: await sealCredential(deps, tenant, asked),
    forced: asked.language ?? null,
  };
  return commit(
    deps,
    caller,
    {
      writes: [
        claimed,
        put(checks, check),
        put(watches, { kind: "check", tenant, id, dueAt: createdAt, generation: 1 }),
        ...(await usedSource(deps, tenant, asked.source)),
      ],
      commands: [{ kind: "startCheck", version: 1, tenant, check: id }],
      audit: { subject: id, changes: [{ path: "source", before: null, after: asked.source }] },
    },
    check,
  );
}

/** The data center, if it looks for itself. @throws Fault `not_found`. */
async function lookingFrom(deps: Core, caller: Caller, asked: DataCenterId | undefined): Promise<DataCenterId | null> {
  if (asked === undefined) return null;
  const record = await findDataCenter(deps, caller, asked);
  return isOurs(record, caller.tenant) && checksHere(record) ? record.id : null;
}

/** Each is a builder at work. */
export const runningChecks = (deps: Pick<Core, "table">, tenant: TenantId): Promise<unknown[]> =>
  listAll(deps.table, watches, { pk: `tenant#${tenant}`, prefix: "watch#check#" });
const claimCheck = (deps: Core, tenant: TenantId) =>
  claim(deps, tenant, async (quota) =>
    assertWithin(quota, "checksAtOnce", { used: (await runningChecks(deps, tenant)).length, more: 1 }),
  );

export async function findCheck(deps: Pick<Core, "table">, tenant: TenantId, id: CheckId): Promise<CheckRecord> {
  const found = await read(deps.table, checks, keyOf.check(tenant, id));
  if (!found) throw notFound("check", id);
  return found;
}

/** Twice starts it once. */
export async function startCheck(deps: StartDeps, asked: { tenant: TenantId; check: CheckId }): Promise<void> {
  const check = await read(deps.table, checks, keyOf.check(asked.tenant, asked.check));
  if (!check || check.endedAt !== null || check.handle !== null) return;
  const handle = await startBuilder(deps, check);
  await onConflictRetry(deps, async () => {
    const now = await read(deps.table, checks, keyOf.check(asked.tenant, asked.check));
    if (now?.handle === handle) return;
    // Given up while it was being started.
    if (!now || now.endedAt !== null) return cancelBuilder(deps, handle);
    await deps.table.transact([put(checks, next(now, { handle }))]);
  });
}

export const reportCheck = (
  deps: Core,
  asked: { tenant: TenantId; check: CheckId; report: BuildReport },
): Promise<{ cancelled: boolean }> =>
  onConflictRetry(deps, async () => {
    const { report } = asked;
    const check = await findCheck(deps, asked.tenant, asked.check);
    if (check.endedAt !== null || report.sequence <= check.reportSequence) return { cancelled: false };
    assertNext(check, report);
    const told = next(check, {
      reportSequence: report.sequence,
      ...(report.findings && { findings: report.findings }),
      ...(report.proposal && { proposal: report.proposal }),
    });
    const caller = actingCaller(asked.tenant, { kind: "build", id: check.id, name: "check" }, "buildReport");
    const after = report.result ? endedCheck(told, report.result, deps.clock.now().toISOString()) : told;
    return commit(deps, caller, endEffects(after), { cancelled: false });
  });

const endEffects = (check: CheckRecord) => ({
  writes: [
    put(checks, check),
    ...(check.endedAt === null ? [] : [{ kind: "remove" as const, key: keyOf.watch(check.tenant, "check", check.id) }]),
  ],
  commands: [publish(check.tenant, "check", check.id)],
});

function endedCheck(check: CheckRecord, result: NonNullable<BuildReport["result"]>, at: string): CheckRecord {
  if (result.state === "failed") {
    const { code, message, next: advice, params } = result;
    const known = check.findings.some((f) => f.code === code);
    const found = { level: "blocks" as const, code, message, advice, ...(params && { params }) };
    const findings = known ? check.findings : [...check.findings, found];
    return { ...check, findings, state: "blocked", endedAt: at };
  }
  const blocked = check.proposal === null || check.findings.some((f) => f.level === "blocks");
  return { ...check, state: blocked ? "blocked" : "ready", endedAt: at };
}

/** A clone and a look take seconds; whoever waits has gone away by then. */
const patienceMs = 5 * 60_000;

/** Checks whose builder is gone, or never started, end as blocked with the reason. */
export const sweepChecks = (deps: StartDeps): Promise<Swept> =>
  sweepRows(deps, { pk: "watch#check", byIndex: true }, watches, (own, { tenant, id }) =>
    lookAtCheck(own, tenant, CheckId.parse(id)),
  );

/** Right at any time, and twice. */
export async function lookAtCheck(deps: StartDeps, tenant: TenantId, id: CheckId): Promise<void> {
  const check = await read(deps.table, checks, keyOf.check(tenant, id));
  if (!check || check.endedAt !== null) return;
  const isLate = deps.clock.now().getTime() - Date.parse(check.createdAt) > patienceMs;
  const state = check.handle === null ? "running" : await observeBuilder(deps, check.handle);
  const isGone = !isGoingOn(state);
  if (!isLate && !isGone) return;
  const now = await read(deps.table, checks, keyOf.check(tenant, id));
  // Its last report may have come in between.
  if (!now || now.generation !== check.generation) return;
  const known = typeof state === "object" ? ("failure" in state ? state.failure : state.waiting[0]) : undefined;
  const why = known ?? (isGone || check.dataCenter === null || check.reportSequence > 0 ? lost : notTaken);
  const failed = { state: "failed" as const, ...why, logLine: null };
  const ended = endedCheck(next(now, {}), failed, deps.clock.now().toISOString());
  await onConflictRetry(deps, () => commit(deps, systemCaller(tenant, "sweepBuilds"), endEffects(ended), undefined));
  if (check.handle !== null) await cancelBuilder(deps, check.handle);
}

const lost = { code: "check.lost", message: "The check ended without an answer.", next: "Check again." };
const notTaken = {
  code: "check.not-taken",
  message: "The data center did not look at the source in time.",
  next: "See that the data center is connected and can build, and check again.",
};
