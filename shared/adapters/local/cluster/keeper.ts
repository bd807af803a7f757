import type { Workload } from "../../../contract/agent.ts";
import type { ObservedWorkload, Traffic } from "../../../ports/cluster.ts";
import type { Clock } from "../../../ports/clock.ts";
import { isFault } from "../../../base/fault.ts";
import type { Machine, Probe, Records } from "./machine.ts";
import { type ComponentRecord, type Exit, type InstanceRecord, newInstance, revisionOf, type Signal } from "./record.ts";
import { type InstanceFacts, plan, type RolloutFacts, type Step, type Target } from "./rollout.ts";
import { quickMs, type Symptoms, signalsOf, symptomsOf } from "./signals.ts";
import { advance, freshTimeline } from "./timeline.ts";

export interface KeeperParts {
  readonly machine: Machine;
  readonly records: Records;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly node: string;
  /** 8 characters of 0-9 a-z, never the same twice. */
  readonly unique: () => string;
  /** Something that `observe` shows has changed. */
  readonly changed: () => void;
}

/** How long the output of an instance is kept after its end. */
const endedLogMs = 10 * 60_000;
/** Healthy for so long, an instance's earlier crashes are forgiven. */
const forgivenMs = 5 * 60_000;
const backoffMaxMs = 60_000;
/** A new release is tried fast, so that a person learns soon that it cannot run; what served before is restarted with patience. */
const backoffBaseMs = { trial: 250, proven: 1_000 };
/** Requests get this long to leave an instance that is taken out of traffic, if its grace is not shorter. */
const drainMaxMs = 30_000;
const probeFirstMs = 10;
const probeStartingMaxMs = 250;

interface Run {
  readonly record: InstanceRecord;
  probe: Probe | null;
  failures: number;
  /** Ends the look-out on the present process. */
  watch: AbortController | null;
  /** Grows with every start, so that what belongs to an earlier one is told apart. */
  attempt: number;
}

export interface Keeper {
  /** False when the generation is not newer: nothing changed. */
  apply(workload: Workload): boolean;
  observe(): ObservedWorkload;
  running(): readonly InstanceRecord[];
  workloadOf(instance: InstanceRecord): Workload;
  /** Stops everything and forgets the component. */
  remove(): Promise<void>;
  /** Asks every instance to end, kills after the grace, keeps what is wanted on disk. */
  halt(): Promise<void>;
  /** Stops looking; instances go on. */
  detach(): void;
}

const targetOf = (w: Workload): Target => ({
  revision: revisionOf(w),
  replicas: w.configuration.replicas,
  startMs: w.configuration.health.startSeconds * 1000,
  graceMs: w.configuration.graceSeconds * 1000,
});
const runs = (w: Workload): boolean => w.wanted === "running" && w.configuration.replicas > 0;

/** Keeps one component as wanted: one per component, its turns never overlap. */
export function componentKeeper(parts: KeeperParts, kept: ComponentRecord, instances: readonly InstanceRecord[]): Keeper {
  const { machine, records, clock } = parts;
  let component = kept;
  const all = new Map<string, Run>();
  const ended = new Map<string, InstanceRecord>();
  let over = false;
  let halting = false;
  let timer: AbortController | null = null;
  let turning = false;
  let again = false;
  const idle: (() => void)[] = [];
  const now = (): number => clock.now().getTime();

  const known = (): Workload[] => (component.active ? [component.workload, component.active] : [component.workload]);
  /** The workload an instance was made of; for one that is on its way out, at least one of its component. */
  const workloadOf = (i: InstanceRecord): Workload => known().find((w) => revisionOf(w) === i.revision) ?? component.workload;

  function saveComponent(change: Partial<ComponentRecord>): void {
    component = { ...component, ...change };
    records.saveComponent(component);
    parts.changed();
  }
  function update(run: Run, change: Partial<InstanceRecord>): void {
    Object.assign(run.record, change);
    if (change.state) run.record.since = now();
    records.saveInstance(run.record);
    parts.changed();
  }

  const facts = (): RolloutFacts => {
    const target = halting || !runs(component.workload) ? null : targetOf(component.workload);
    const active = component.active && !halting ? targetOf(component.active) : null;
    const proven = active !== null && active.revision === target?.revision;
    const list = [...all.values()].map((r): InstanceFacts => r.record);
    return {
      target,
      fallback: proven || !active || active.replicas === 0 ? null : active,
      proven,
      rejected: component.rejected !== null,
      instances: list,
      now: now(),
    };
  };

  function wake(): void {
    again = true;
    if (!turning && !over) void turn();
  }

  async function turn(): Promise<void> {
    turning = true;
    timer?.abort();
    // Begin in a fresh task of the event loop, so that several changes at once make one turn.
    await Promise.resolve();
    let wakeAt: number | null = null;
    while (again && !over) {
      again = false;
      const planned = plan(facts());
      for (const step of planned.steps) execute(step);
      if (planned.steps.length > 0) again = true;
      wakeAt = planned.wakeAt;
      tell(planned.phase);
    }
    turning = false;
    if (all.size === 0) for (const resolve of idle.splice(0)) resolve();
    if (wakeAt !== null && !over) wakeLater(wakeAt);
  }

  function wakeLater(at: number): void {
    const mine = new AbortController();
    timer = mine;
    void clock.sleep(Math.max(1, at - now()), mine.signal).then(() => {
      if (!mine.signal.aborted) wake();
    });
  }

  let phase: ObservedWorkload["phase"] = "progressing";
  /** Brings the phase and the steps up to date with the facts. */
  function tell(next: ObservedWorkload["phase"]): void {
    if (next !== phase) parts.changed();
    phase = next;
    if (halting) return;
    const { workload } = component;
    const revision = revisionOf(workload);
    const list = [...all.values()].map((r) => r.record);
    const good = list.filter(
      (i) =>
        i.revision === revision &&
        (i.state === "starting" || i.state === "ready" || i.state === "unhealthy" || i.state === "waiting"),
    );
    const failure = component.rejected?.message ?? (phase === "failed" ? "It does not get healthy." : null);
    const steps = advance(
      component.steps,
      {
        running: runs(workload),
        wanted: workload.configuration.replicas,
        prepared: good.filter((i) => i.ports.length > 0).length,
        started: good.filter((i) => i.firstStartedAt !== null).length,
        ready: good.filter((i) => i.state === "ready").length,
        leaving: list.length - good.length,
        settled: phase === "settled",
        failure,
      },
      clock.now(),
    );
    if (JSON.stringify(steps) !== JSON.stringify(component.steps)) saveComponent({ steps });
    if (phase === "settled" && !runs(workload) && component.active) saveComponent({ active: null });
  }

  function execute(step: Step): void {
    if (step.kind === "create") return create(step.revision);
    if (step.kind === "promote") return saveComponent({ active: component.workload, rejected: null });
    const run = all.get(step.instance);
    if (!run) return;
    switch (step.kind) {
      case "restart":
        update(run, { state: "starting", restarts: run.record.restarts + 1, waitUntil: null, failure: null });
        return launch(run);
      case "drain":
        return drain(run);
      case "stop":
        return stop(run);
      case "kill":
        update(run, { killed: true });
        return machine.signal(run.record, "SIGKILL");
      case "forget":
        return forget(run);
      case "reject":
        return reject(run, step.reason);
    }
  }

  function create(revision: string): void {
    const workload = known().find((w) => revisionOf(w) === revision);
    if (!workload) return;
    const record = newInstance(workload, `${workload.componentName}-${workload.releaseNumber}-${parts.unique()}`, now());
    const run: Run = { record, probe: null, failures: 0, watch: null, attempt: 0 };
    all.set(record.id, run);
    update(run, {});
    launch(run);
  }

  function launch(run: Run): void {
    const attempt = ++run.attempt;
    const workload = workloadOf(run.record);
    const isMine = (): boolean => !over && run.attempt === attempt && run.record.state === "starting";
    machine.prepare(workload, run.record).then(
      (ports) => {
        if (isMine()) begin(run, workload, ports);
        else if (!over && !all.has(run.record.id)) void machine.free({ ...run.record, ports });
      },
      (error: unknown) => {
        if (!isMine()) return;
        const signal = failureOf(error);
        fail(run, { code: null, signal: null, at: now(), outOfMemory: false, lastLines: "" }, signal, isFault(error, "invalid"));
      },
    );
  }

  function begin(run: Run, workload: Workload, ports: InstanceRecord["ports"]): void {
    // Kept before the process exists: whatever is started is known, even if we die before its number is.
    update(run, { ports, process: null });
    const attempt = run.attempt;
    const process = machine.start(workload, run.record, (exit, failure) => {
      if (run.attempt === attempt) onExit(run, exit, failure);
    });
    update(run, { process, startedAt: now(), firstStartedAt: run.record.firstStartedAt ?? now() });
    lookOut(run, workload);
    wake();
  }

  function lookOut(run: Run, workload: Workload): void {
    run.watch?.abort();
    const watch = new AbortController();
    run.watch = watch;
    run.probe = null;
    run.failures = 0;
    void (async () => {
      for (let delay = probeFirstMs; !watch.signal.aborted && !over; delay = Math.min(probeStartingMaxMs, delay * 1.5)) {
        const probe = await machine.probe(workload, run.record);
        if (watch.signal.aborted || over) return;
        judge(run, probe, currentHealth(run, workload).failuresMax);
        await clock.sleep(
          run.record.state === "starting" ? delay : currentHealth(run, workload).intervalSeconds * 1000,
          watch.signal,
        );
      }
    })();
  }
  /** Health rules may change without a new process. */
  const currentHealth = (run: Run, workload: Workload): Workload["configuration"]["health"] =>
    (known().find((w) => revisionOf(w) === run.record.revision) ?? workload).configuration.health;

  function judge(run: Run, probe: Probe, failuresMax: number): void {
    const news =
      JSON.stringify(run.probe?.signals) !== JSON.stringify(probe.signals) ||
      JSON.stringify(run.record.endpoints) !== JSON.stringify(probe.endpoints);
    run.probe = probe;
    run.failures = probe.healthy ? 0 : run.failures + 1;
    const { state, readySince } = run.record;
    if (probe.healthy && (state === "starting" || state === "unhealthy")) {
      update(run, { state: "ready", readySince: now(), everReady: true, endpoints: probe.endpoints });
      return wake();
    }
    if (state === "ready" && run.failures >= failuresMax) {
      update(run, { state: "unhealthy", readySince: null });
      return wake();
    }
    if (state === "ready" && readySince !== null && run.record.streak > 0 && now() - readySince >= forgivenMs)
      update(run, { streak: 0, quickExits: 0 });
    if (news) update(run, { endpoints: probe.endpoints });
  }

  function onExit(run: Run, exit: Exit, failure: Signal | null): void {
    run.watch?.abort();
    const { state } = run.record;
    if (over && !halting) return;
    if (state === "draining" || state === "stopping") update(run, { state: "exited", process: null, lastExit: exit });
    else fail(run, exit, failure, failure?.code === "command.not-found");
    wake();
  }

  /** It ended, or could not start, though it should run: it waits for its next attempt. */
  function fail(run: Run, exit: Exit, failure: Signal | null, hopeless: boolean): void {
    const { record } = run;
    const isQuick = record.startedAt === null || exit.at - record.startedAt < quickMs || record.readySince === null;
    const streak = record.streak + 1;
    const isTrial =
      component.rejected === null && component.active !== null
        ? revisionOf(component.active) !== record.revision
        : component.active === null && component.rejected === null;
    const base = isTrial ? backoffBaseMs.trial : backoffBaseMs.proven;
    const waitMs = Math.min(backoffMaxMs, base * 2 ** Math.min(20, streak - 1));
    const started = exit.lastLines !== "" || failure === null;
    update(run, {
      state: "waiting",
      process: null,
      startedAt: null,
      readySince: null,
      endpoints: [],
      streak,
      hopeless,
      failure,
      waitUntil: now() + waitMs,
      quickExits: isQuick ? record.quickExits + 1 : 0,
      ...(started ? { lastExit: exit } : {}),
    });
    wake();
  }

  function drain(run: Run): void {
    update(run, { state: "draining", readySince: null });
    run.watch?.abort();
    void drainTraffic(run);
  }
  async function drainTraffic(run: Run): Promise<void> {
    const limitMs = Math.min(drainMaxMs, workloadOf(run.record).configuration.graceSeconds * 1000);
    await Promise.all(run.record.endpoints.map((e) => parts.traffic.drained({ host: e.host, hostPort: e.hostPort }, limitMs)));
    if (over || run.record.state !== "draining") return;
    update(run, { drained: true });
    wake();
  }

  function stop(run: Run): void {
    run.watch?.abort();
    if (run.record.process === null) {
      run.attempt++;
      return update(run, { state: "exited" });
    }
    update(run, { state: "stopping", readySince: null, killed: false });
    machine.signal(run.record, "SIGTERM");
  }

  function forget(run: Run): void {
    run.watch?.abort();
    run.attempt++;
    all.delete(run.record.id);
    update(run, { state: "exited", process: null, endpoints: [], endedAt: now() });
    ended.set(run.record.id, run.record);
    void machine.free(run.record);
    prune();
  }
  function prune(): void {
    for (const [id, record] of ended) {
      if (now() - (record.endedAt ?? 0) < endedLogMs) continue;
      ended.delete(id);
      void records.removeInstance(id);
    }
  }

  const symptoms = (run: Run): Symptoms => ({
    record: run.record,
    probe: run.probe?.signals ?? [],
    memoryMib: workloadOf(run.record).configuration.resources.memoryMib,
  });

  function reject(run: Run, reason: "hopeless" | "exits" | "deadline"): void {
    const seconds = component.workload.configuration.health.startSeconds;
    const message = {
      hopeless: "It cannot be started.",
      exits: "It ends again and again soon after its start.",
      deadline: `It was not healthy ${seconds} s after its start.`,
    }[reason];
    const late: Signal[] = reason === "deadline" ? [{ code: "start.timeout", detail: { seconds } }] : [];
    saveComponent({ rejected: { at: now(), message, signals: [...symptomsOf(symptoms(run)), ...late] } });
  }

  function serving(): ObservedWorkload["serving"] {
    const ready = [...all.values()].map((r) => r.record).filter((i) => i.state === "ready");
    const active = component.active ? revisionOf(component.active) : null;
    const chosen = ready.find((i) => i.revision === active) ?? ready.sort((a, b) => b.releaseNumber - a.releaseNumber)[0];
    return chosen?.release ?? null;
  }

  function observe(): ObservedWorkload {
    const list = [...all.values()];
    prune();
    return {
      component: component.workload.component,
      tenant: component.workload.tenant,
      generation: component.workload.generation,
      phase,
      serving: serving(),
      steps: component.steps,
      signals: signalsOf(component.rejected, list.map(symptoms)),
      instances: list.map((r) => shown(r.record)),
      endedLogs: [...ended.values()].flatMap((i) => machine.logs(i).map((l) => ({ instance: i.id, ...l }))),
      workload: component.workload,
    };
  }
  function shown(i: InstanceRecord): ObservedWorkload["instances"][number] {
    const usage = i.process ? machine.usage(i) : null;
    const lastExit = i.lastExit && {
      code: i.lastExit.code,
      signal: i.lastExit.signal,
      at: new Date(i.lastExit.at).toISOString(),
      outOfMemory: i.lastExit.outOfMemory,
    };
    return {
      id: i.id,
      release: i.release,
      releaseNumber: i.releaseNumber,
      state: i.state,
      restarts: i.restarts,
      lastExit,
      node: parts.node,
      startedAt: i.startedAt === null ? null : new Date(i.startedAt).toISOString(),
      memoryBytes: usage?.memoryBytes ?? null,
      cpuMillis: usage?.cpuMillis ?? null,
      endpoints: i.endpoints,
      logs: machine.logs(i),
    };
  }

  /** Takes up what an earlier life of ours left. */
  function resume(): void {
    for (const record of instances) {
      if (record.endedAt !== null) {
        ended.set(record.id, record);
        continue;
      }
      const run: Run = { record, probe: null, failures: 0, watch: null, attempt: 1 };
      all.set(record.id, run);
      resumeOne(run);
    }
    wake();
  }
  function resumeOne(run: Run): void {
    const { record } = run;
    const process = machine.adopt(workloadOf(record), record, (exit) => run.attempt === 1 && onExit(run, exit, null));
    if (process) {
      update(run, { process, startedAt: record.startedAt ?? now(), firstStartedAt: record.firstStartedAt ?? now() });
      if (record.state === "draining") void drainTraffic(run);
      else if (record.state === "stopping") machine.signal(record, "SIGTERM");
      else {
        if (record.state === "waiting") update(run, { state: "starting", waitUntil: null });
        lookOut(run, workloadOf(record));
      }
      return;
    }
    if (record.state === "draining" || record.state === "stopping") return update(run, { state: "exited", process: null });
    if (record.process) return onExit(run, { code: null, signal: null, at: now(), outOfMemory: false, lastLines: "" }, null);
    if (record.state !== "waiting" && record.state !== "exited") launch(run);
  }

  const emptied = (): Promise<void> => (all.size === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve)));
  async function halt(): Promise<void> {
    halting = true;
    wake();
    await emptied();
    detach();
  }
  function detach(): void {
    over = true;
    timer?.abort();
    for (const run of all.values()) run.watch?.abort();
  }

  resume();
  return {
    apply(workload) {
      if (workload.generation <= component.workload.generation) return false;
      const isSame = component.active !== null && revisionOf(component.active) === revisionOf(workload);
      saveComponent({ workload, rejected: null, steps: freshTimeline(), ...(isSame ? { active: workload } : {}) });
      phase = "progressing";
      wake();
      return true;
    },
    observe,
    running: () => [...all.values()].map((r) => r.record),
    workloadOf,
    remove: async () => {
      await halt();
      await records.removeAll();
    },
    halt,
    detach,
  };
}

/** The failure of a preparation as a signal; a Fault may carry its own in `detail.signal`. */
function failureOf(error: unknown): Signal {
  const message = error instanceof Error ? error.message : String(error);
  const code = isFault(error) && typeof error.detail.signal === "string" ? error.detail.signal : "artifact.unavailable";
  return { code, detail: { message } };
}
