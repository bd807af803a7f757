import { isFault } from "../../../base/fault.ts";
import type { Workload } from "../../../contract/agent.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { ObservedWorkload, Traffic } from "../../../ports/cluster.ts";
import { isChecked, steadySeconds } from "../../../domain/health-check.ts";
import { afterEnd, afterProbe } from "./life.ts";
import type { Machine, Probe, Records } from "./machine.ts";
import { type ComponentRecord, type Exit, type InstanceRecord, newInstance, revisionOf, type Signal } from "./record.ts";
import { plan, type RolloutFacts, type Step, type Target } from "./rollout.ts";
import { failureOf, type Symptoms, symptomsOf } from "./signals.ts";
import { hasExclusive } from "../../../domain/configuration.ts";
import { advance, freshTimeline } from "../../../domain/timeline.ts";
import { isWanted, observedOf, progressOf } from "./view.ts";

export interface KeeperParts {
  readonly machine: Machine;
  readonly records: Records;
  readonly traffic: Traffic;
  readonly clock: Clock;
  readonly node: string;
  /** 5 letters and digits that no other instance of the machine ends with. */
  readonly unique: () => string;
  /** Something that `observe` shows has changed. */
  readonly changed: () => void;
  /** Resolves when whoever leads traffic has followed all changes so far. */
  readonly followed: () => Promise<void>;
}

/** How long the output of an instance is kept after its end. */
const endedLogMs = 10 * 60_000;
/** Requests get this long to leave an instance that is taken out of traffic, if its grace is not shorter. */
const drainMaxMs = 30_000;
/** When all ends. Who started us waits 20 s for that. */
const haltGraceMaxMs = 15_000;
const probeFirstMs = 10;
const probeStartingMaxMs = 250;
/** A start that took a second is noticed at most a quarter of one late. */
const probeGrowth = 1.25;

interface Run {
  readonly record: InstanceRecord;
  probe: Probe | null;
  /** Bad looks in a row. */
  failures: number;
  /** Ends the look-out on the present process. */
  watch: AbortController | null;
  /** Grows with every start, so that what belongs to an earlier one is told apart. */
  attempt: number;
}

export interface Keeper {
  /** A generation that is not newer changes nothing. */
  apply(workload: Workload): void;
  observe(): ObservedWorkload;
  instances(): readonly InstanceRecord[];
  /** The workload an instance was made of; for one on its way out, at least one of its component. */
  workloadOf(instance: InstanceRecord): Workload;
  /** Stops everything and forgets the component. */
  remove(): Promise<void>;
  /** Ends every instance in good order; what is wanted stays on disk. */
  halt(): Promise<void>;
  /** Stops looking; instances go on. */
  detach(): void;
}

const targetOf = (w: Workload): Target => ({
  revision: revisionOf(w),
  replicas: w.configuration.replicas,
  startMs: w.configuration.health.startSeconds * 1000,
  graceMs: w.configuration.graceSeconds * 1000,
  handover: hasExclusive(w.configuration),
});
const reasons = {
  hopeless: () => ({ code: "instance.hopeless", message: "It cannot be started." }),
  exits: () => ({ code: "instance.exits", message: "It ends again and again soon after its start." }),
  deadline: (seconds: number) => ({
    code: "instance.late",
    message: `It was not healthy ${seconds} s after its start.`,
    params: { seconds },
  }),
};

/** Keeps one component as wanted: one per component, its turns never overlap. */
export function componentKeeper(parts: KeeperParts, kept: ComponentRecord, instances: readonly InstanceRecord[]): Keeper {
  const { machine, records, clock } = parts;
  let component = kept;
  let phase: ObservedWorkload["phase"] = "progressing";
  const all = new Map<string, Run>();
  const ended = new Map<string, InstanceRecord>();
  const now = (): number => clock.now().getTime();
  const recordsOf = (): InstanceRecord[] => [...all.values()].map((run) => run.record);

  const known = (): Workload[] => (component.active ? [component.workload, component.active] : [component.workload]);
  const withRevision = (revision: string): Workload | undefined => known().find((w) => revisionOf(w) === revision);
  const workloadOf = (i: InstanceRecord): Workload => withRevision(i.revision) ?? component.workload;

  function saveComponent(change: Partial<ComponentRecord>): void {
    component = { ...component, ...change };
    records.saveComponent(component);
    parts.changed();
  }
  function update(run: Run, change: Partial<InstanceRecord>): void {
    Object.assign(run.record, change, change.state ? { since: now() } : {});
    records.saveInstance(run.record);
    parts.changed();
  }

  // Turns: plan, do, until nothing is left to do; then sleep until something happens or is due.
  let over = false;
  let halting = false;
  let turning = false;
  let again = false;
  let timer: AbortController | null = null;
  const emptied: (() => void)[] = [];

  function wake(): void {
    again = true;
    if (!turning && !over) void turn();
  }
  async function turn(): Promise<void> {
    turning = true;
    timer?.abort();
    // Begin in a fresh task, so that several changes at once make one turn.
    await Promise.resolve();
    let wakeAt: number | null = null;
    while (again && !over) {
      const planned = plan(facts());
      again = planned.steps.length > 0;
      for (const step of planned.steps) execute(step);
      wakeAt = planned.wakeAt;
      tell(planned.phase);
    }
    turning = false;
    if (all.size === 0) for (const resolve of emptied.splice(0)) resolve();
    if (wakeAt !== null && !over) wakeLater(wakeAt - now());
  }
  function wakeLater(ms: number): void {
    const mine = new AbortController();
    timer = mine;
    void clock.sleep(Math.max(1, ms), mine.signal).then(() => {
      if (!mine.signal.aborted) wake();
    });
  }

  function facts(): RolloutFacts {
    const target = halting || !isWanted(component.workload) ? null : targetOf(component.workload);
    const active = component.active && !halting ? targetOf(component.active) : null;
    const proven = active !== null && active.revision === target?.revision;
    const fallback = proven || active?.replicas === 0 ? null : active;
    const graceMs = Math.min(component.workload.configuration.graceSeconds * 1000, haltGraceMaxMs);
    return { target, fallback, proven, rejected: component.rejected !== null, instances: recordsOf(), now: now(), graceMs };
  }

  /** Brings phase and steps up to date with the facts. */
  function tell(next: ObservedWorkload["phase"]): void {
    if (next !== phase) parts.changed();
    phase = next;
    if (halting) return;
    const steps = advance(component.steps, progressOf(component, recordsOf(), phase), clock.now());
    if (JSON.stringify(steps) !== JSON.stringify(component.steps)) saveComponent({ steps });
    // What was stopped on purpose is nothing to fall back to.
    if (phase === "settled" && !isWanted(component.workload) && component.active) saveComponent({ active: null });
  }

  function execute(step: Step): void {
    if (step.kind === "create") create(step.revision);
    else if (step.kind === "promote") saveComponent({ active: component.workload, rejected: null });
    else {
      const run = all.get(step.instance);
      if (run) act(run, step);
    }
  }
  function act(run: Run, step: Exclude<Step, { kind: "create" | "promote" }>): void {
    switch (step.kind) {
      case "restart":
        update(run, { state: "starting", restarts: run.record.restarts + 1, waitUntil: null, failure: null });
        launch(run);
        break;
      case "drain":
        update(run, { state: "draining", readySince: null });
        run.watch?.abort();
        void drain(run);
        break;
      case "stop":
        stop(run);
        break;
      case "kill":
        update(run, { killed: true });
        machine.signal(run.record, "SIGKILL");
        break;
      case "forget":
        forget(run);
        break;
      case "reject":
        reject(run, step.reason);
        break;
    }
  }

  function create(revision: string): void {
    const workload = withRevision(revision);
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
        const none = { code: null, signal: null, at: now(), outOfMemory: false, lastLines: "" };
        if (isMine()) fail(run, none, failureOf(error), isFault(error, "invalid"));
      },
    );
  }
  function begin(run: Run, workload: Workload, ports: InstanceRecord["ports"]): void {
    // Kept before the process exists: whatever is started is known, even if we die before its number is.
    update(run, { ports, process: null });
    const attempt = run.attempt;
    const process = machine.start(workload, run.record, (exit, failure) => {
      if (run.attempt === attempt) onEnd(run, exit, failure);
    });
    update(run, { process, startedAt: now(), firstStartedAt: run.record.firstStartedAt ?? now() });
    lookOut(run);
    wake();
  }

  function lookOut(run: Run): void {
    run.watch?.abort();
    const watch = new AbortController();
    Object.assign(run, { watch, probe: null, failures: 0 });
    void look(run, watch.signal);
  }
  async function look(run: Run, gone: AbortSignal): Promise<void> {
    for (let delay = probeFirstMs; !gone.aborted && !over; delay = Math.min(probeStartingMaxMs, delay * probeGrowth)) {
      const probe = await machine.probe(workloadOf(run.record), run.record);
      if (gone.aborted || over) return;
      judge(run, probe);
      const intervalMs = workloadOf(run.record).configuration.health.intervalSeconds * 1000;
      await clock.sleep(run.record.state === "starting" ? delay : intervalMs, gone);
    }
  }
  function judge(run: Run, probe: Probe): void {
    if (JSON.stringify(run.probe?.signals) !== JSON.stringify(probe.signals)) parts.changed();
    run.probe = probe;
    run.failures = probe.healthy ? 0 : run.failures + 1;
    const { configuration } = workloadOf(run.record);
    const lifeMs = isChecked(configuration) || isProven(run) ? 0 : steadySeconds * 1_000;
    const { failuresMax } = configuration.health;
    const change = afterProbe(run.record, probe, { failures: run.failures, failuresMax, lifeMs, now: now() });
    if (!change) return;
    update(run, change);
    if (change.state) wake();
  }

  function onEnd(run: Run, exit: Exit, failure: Signal | null): void {
    if (over) return;
    run.watch?.abort();
    const isAwaited = run.record.state === "draining" || run.record.state === "stopping";
    if (isAwaited) update(run, { state: "exited", process: null, lastExit: exit });
    else fail(run, exit, failure, failure !== null);
    wake();
  }
  /** Its release has served. */
  const isProven = ({ record }: Run): boolean => component.active !== null && revisionOf(component.active) === record.revision;
  function fail(run: Run, exit: Exit, failure: Signal | null, hopeless: boolean): void {
    update(run, afterEnd(run.record, { exit, failure, hopeless, isTrial: !isProven(run) && component.rejected === null }, now()));
    wake();
  }

  async function drain(run: Run): Promise<void> {
    await parts.followed();
    const limitMs = Math.min(drainMaxMs, workloadOf(run.record).configuration.graceSeconds * 1000);
    await Promise.all(run.record.endpoints.map(({ host, hostPort }) => parts.traffic.drained({ host, hostPort }, limitMs)));
    if (over || run.record.state !== "draining") return;
    update(run, { drained: true });
    wake();
  }
  function stop(run: Run): void {
    run.watch?.abort();
    if (run.record.process) {
      update(run, { state: "stopping", readySince: null, killed: false });
      machine.signal(run.record, "SIGTERM");
      return;
    }
    run.attempt++;
    update(run, { state: "exited" });
  }
  function forget(run: Run): void {
    run.watch?.abort();
    run.attempt++;
    all.delete(run.record.id);
    update(run, { state: "exited", process: null, endpoints: [], endedAt: now() });
    ended.set(run.record.id, run.record);
    void machine.free(run.record);
  }
  function prune(): void {
    for (const [id, record] of ended) {
      if (now() - (record.endedAt ?? 0) < endedLogMs) continue;
      ended.delete(id);
      void records.removeInstance(id);
    }
  }

  const symptomsIn = (run: Run): Symptoms => ({
    record: run.record,
    probe: run.probe?.signals ?? [],
    memoryMib: workloadOf(run.record).configuration.resources.memoryMib,
  });
  function reject(run: Run, reason: keyof typeof reasons): void {
    const seconds = component.workload.configuration.health.startSeconds;
    const late: Signal[] = reason === "deadline" ? [{ code: "start.timeout", detail: { seconds } }] : [];
    const signals = [...symptomsOf(symptomsIn(run)), ...late];
    saveComponent({ rejected: { at: now(), ...reasons[reason](seconds), signals } });
  }

  /** Takes up what an earlier life of ours left. */
  function resume(record: InstanceRecord): void {
    const run: Run = { record, probe: null, failures: 0, watch: null, attempt: 1 };
    all.set(record.id, run);
    const process = machine.adopt(workloadOf(record), record, (exit) => {
      if (run.attempt === 1) onEnd(run, exit, null);
    });
    if (process) resumeLiving(run, process);
    else resumeDead(run);
  }
  function resumeLiving(run: Run, process: InstanceRecord["process"]): void {
    const { record } = run;
    update(run, { process, startedAt: record.startedAt ?? now(), firstStartedAt: record.firstStartedAt ?? now() });
    if (record.state === "draining") void drain(run);
    else if (record.state === "stopping") machine.signal(record, "SIGTERM");
    else lookOut(run);
  }
  function resumeDead(run: Run): void {
    const { state, process } = run.record;
    const unknown = { code: null, signal: null, at: now(), outOfMemory: false, lastLines: "" };
    if (state === "draining" || state === "stopping") update(run, { state: "exited", process: null });
    else if (process) onEnd(run, unknown, null);
    else if (state !== "waiting" && state !== "exited") launch(run);
  }

  async function halt(): Promise<void> {
    halting = true;
    wake();
    if (all.size > 0) await new Promise<void>((resolve) => emptied.push(resolve));
    detach();
  }
  function detach(): void {
    over = true;
    timer?.abort();
    for (const run of all.values()) run.watch?.abort();
  }

  for (const record of instances) {
    if (record.endedAt === null) resume(record);
    else ended.set(record.id, record);
  }
  wake();

  return {
    apply(workload) {
      if (workload.generation <= component.workload.generation) return;
      const isSame = component.active !== null && revisionOf(component.active) === revisionOf(workload);
      saveComponent({ workload, rejected: null, steps: freshTimeline(), ...(isSame ? { active: workload } : {}) });
      phase = "progressing";
      wake();
    },
    observe() {
      prune();
      return observedOf({
        component,
        phase,
        symptoms: [...all.values()].map(symptomsIn),
        ended: [...ended.values()],
        machine,
        node: parts.node,
      });
    },
    instances: recordsOf,
    workloadOf,
    remove: async () => {
      await halt();
      await records.removeAll();
    },
    halt,
    detach,
  };
}
