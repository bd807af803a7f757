import { useTranslation } from "react-i18next";
import type { Step } from "../../../shared/contract/release.ts";
import { useTold } from "../i18n/platform-words.ts";
import { ProgressIcon } from "./chip.tsx";
import { Duration } from "./time.tsx";

/** The platform names its steps with words; a step it does not know keeps its name. */
export function useStepWord(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => t(`step.${name}` as "step.build", { defaultValue: name });
}

/** Progress is a story: each step with its time, the current one moving. */
export function Steps({
  steps,
  elsewhere,
}: {
  readonly steps: readonly Step[];
  /** What is said elsewhere on the page already. */
  readonly elsewhere?: string | undefined;
}) {
  const { t } = useTranslation();
  const word = useStepWord();
  const inWords = useTold();
  const told = steps.filter((step) => step.state !== "skipped");
  return (
    <ol className="steps" aria-label={t("operation.steps")}>
      {told.map((step) => (
        <li
          key={step.name}
          className={`step-${step.state}`}
          {...(step.state === "running" ? { "aria-current": "step" as const } : {})}
        >
          <ProgressIcon state={step.state} />
          <span>
            {step.params?.["label"] ?? word(step.name)}
            <span className="sr-only"> {t(`progress.${step.state}`)}</span>
          </span>
          <Duration from={step.startedAt} to={step.endedAt} />
          {step.message && step.message !== elsewhere && (
            <div className="step-message">
              {inWords({ code: step.code ?? "", message: step.message, params: step.params }).message}
            </div>
          )}
        </li>
      ))}
    </ol>
  );
}
