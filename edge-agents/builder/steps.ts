import { BuildFailure } from "../../shared/domain/build/failure.ts";
import type { Step } from "../../shared/contract/release.ts";

export interface StepTracker {
  /** Names all steps that will come; those not known before are added when they run. */
  plan(names: readonly string[]): void;
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
  skip(name: string, message: string): void;
  /** What did not run is skipped. */
  end(): void;
}

const whyOf = (error: unknown): Pick<Step, "message" | "code" | "params"> => ({
  message: error instanceof Error ? error.message.slice(0, 500) : null,
  ...(error instanceof BuildFailure && { code: error.code, ...(error.params && { params: error.params }) }),
});

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
        Object.assign(step, { state: "failed", endedAt: time(), ...whyOf(error) });
        throw error;
      } finally {
        report();
      }
    },
    skip: (name, message) => {
      Object.assign(find(name), { state: "skipped", message });
      report();
    },
    end: () => {
      for (const step of steps) if (step.state === "waiting") step.state = "skipped";
      report();
    },
  };
};
