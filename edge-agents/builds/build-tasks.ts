import { faultOf, isPassing } from "../../shared/base/fault.ts";
import type { BuilderWait, BuildTask, BuildTaskReport } from "../../shared/contract/agent.ts";
import { type BuilderState, isGoingOn } from "../../shared/ports/build-runner.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { attend } from "../runtime/attend.ts";

export interface BuildTasksOptions {
  readonly builds: {
    /** Starts the builder and answers its handle; twice is once. */
    start(task: BuildTask): Promise<string>;
    observe(handle: string): Promise<BuilderState>;
    /** Ends every other one. */
    keepOnly(tasks: readonly BuildTask[]): Promise<void>;
  };
  /** Tells the platform that builders have ended. */
  readonly report: (tasks: readonly BuildTaskReport[]) => Promise<unknown>;
  /** Tells the platform why builders have not begun yet. */
  readonly reportWaits: (waits: readonly BuilderWait[]) => Promise<unknown>;
  /** Tells the build itself that its builder cannot be started, and why. */
  readonly refuse: (task: BuildTask, why: string) => Promise<void>;
  readonly clock: Clock;
  readonly log: (fields: object, message: string) => void;
}

/** Builders run for minutes, and tell of themselves; that one is gone without a word is noticed so soon. */
const lookMs = 5_000;

const keyOf = ({ id, attempt }: Pick<BuildTask, "id" | "attempt">): string => `${id}/${attempt}`;

/** Runs the builders that are asked for, and no other. Whoever comes to lead finds those that run already. */
export function buildTasks(options: BuildTasksOptions): { asked(tasks: readonly BuildTask[]): void; stop(): Promise<void> } {
  const { builds, clock, log } = options;
  let tasks: readonly BuildTask[] | undefined;
  /** Those that differ from the ones that were last made so. */
  let isNews = false;
  const handles = new Map<string, string>();
  const told = new Set<string>();
  /** What was last told of why they have not begun. */
  const waits = new Map<string, string>();

  const failed = (error: unknown): void => log({ error }, "builders could not be looked after; it is tried again");

  async function stateOf(task: BuildTask): Promise<BuilderState> {
    const key = keyOf(task);
    try {
      const handle = handles.get(key) ?? (await builds.start(task));
      handles.set(key, handle);
      return await builds.observe(handle);
    } catch (error) {
      log({ error, build: task.id }, "the builder could not be started or looked at");
      const { code, message } = faultOf(error);
      if (isPassing(code)) return "running";
      await options.refuse(task, message);
      return "ended";
    }
  }
  async function look(now: readonly BuildTask[]): Promise<void> {
    if (isNews) {
      isNews = false;
      // Those that are asked for do not wait for those that are not to end.
      await builds.keepOnly(now).catch((error: unknown) => {
        isNews = true;
        log({ error }, "builders that nobody asks for any more could not be ended; it is tried again");
      });
    }
    for (const task of now) if (!told.has(keyOf(task))) await lookAt(task).catch(failed); // it must not keep the others waiting
  }
  async function lookAt(task: BuildTask): Promise<void> {
    const state = await stateOf(task);
    const { id, attempt } = task;
    if (isGoingOn(state)) return tellWait({ id, attempt, waiting: state === "running" ? [] : [...state.waiting] });
    const how =
      typeof state === "object" ? { state: "lost" as const, ...state } : { state: state === "ended" ? state : ("lost" as const) };
    await options.report([{ id, attempt, ...how }]);
    told.add(keyOf(task));
  }
  async function tellWait(wait: BuilderWait): Promise<void> {
    const [key, words] = [keyOf(wait), JSON.stringify(wait.waiting)];
    if ((waits.get(key) ?? "[]") === words) return;
    await options.reportWaits([wait]);
    waits.set(key, words);
  }
  const { wake, stop } = attend({
    look: () => look(tasks ?? []),
    isBusy: () => isNews || (tasks ?? []).some((task) => !told.has(keyOf(task))),
    everyMs: lookMs,
    failed,
    clock,
  });
  return {
    asked(now) {
      const keys = now.map(keyOf);
      const known = tasks?.map(keyOf);
      // The first listing too, when it is empty: builders of a leader before may still run.
      if (known?.join() !== keys.join()) isNews = true;
      tasks = now;
      for (const key of [...told, ...handles.keys()]) {
        if (keys.includes(key)) continue;
        told.delete(key);
        waits.delete(key);
        handles.delete(key);
      }
      if (isNews) wake();
    },
    stop,
  };
}
