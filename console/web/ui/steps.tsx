import { useTranslation } from "react-i18next";
import type { Step } from "../../../shared/contract/release.ts";
import { ProgressIcon } from "./chip.tsx";
import { Duration } from "./time.tsx";

/** The platform names its steps with words; a step it does not know keeps its name. */
export function useStepWord(): (name: string) => string {
  const { t } = useTranslation();
  return (name) => t(`step.${name}` as "step.build", { defaultValue: name });
}

/** Progress is a story: each step with its time, the current one moving. */
export function Steps({ steps }: { readonly steps: readonly Step[] }) {
  const { t } = useTranslation();
  const word = useStepWord();
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
            {word(step.name)}
            <span className="sr-only"> {t(`progress.${step.state}`)}</span>
          </span>
          <Duration from={step.startedAt} to={step.endedAt} />
          {step.message && <div className="step-message">{step.message}</div>}
        </li>
      ))}
    </ol>
  );
}
