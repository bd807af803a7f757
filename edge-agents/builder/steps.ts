import type { Step } from "../../shared/contract/release.ts";

export interface StepTracker {
  /** Names all steps that will come; those not known before are added when they run. */
  plan(names: readonly string[]): void;
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
  skip(name: string, message: string): void;
  note(name: string, message: string): void;
  /** What did not run is skipped. */
  end(): void;
}

export const trackSteps = (options: { now: () => Date; report: (steps: Step[]) => void }): StepTracker => {
  const steps: Step[] = [];
  const time = (): string => options.now().toISOString();
  const report = (): void => options.report(steps.map((step) => ({ ...step })));
  const find = (name: string): Step => {
    const known = steps.find((step) => step.name === name);
    if (known) return known;
    const step: Step = { name, state: "waiting", startedAt: null, endedAt: null, message: null };
    steps.push(step);
    return step;
  };
  return {
    plan: (names) => {
      for (const name of names) find(name);
      report();
    },
    run: async (name, work) => {
      const step = find(name);
      Object.assign(step, { state: "running", startedAt: step.startedAt ?? time() });
      report();
      try {
        const result = await work();
        Object.assign(step, { state: "succeeded", endedAt: time() });
        return result;
      } catch (error) {
        Object.assign(step, {
          state: "failed",
          endedAt: time(),
          message: error instanceof Error ? error.message.slice(0, 500) : null,
        });
        throw error;
      } finally {
        report();
      }
    },
    skip: (name, message) => {
      Object.assign(find(name), { state: "skipped", message });
      report();
    },
    note: (name, message) => {
      find(name).message = message;
    },
    end: () => {
      for (const step of steps) if (step.state === "waiting") step.state = "skipped";
      report();
    },
  };
};
