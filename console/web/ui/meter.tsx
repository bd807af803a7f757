import type { ReactNode } from "react";
import "./meter.css";

/** How much of something is used; `words` say it in numbers. */
export function Meter({
  label,
  about,
  used,
  of,
  words,
}: {
  readonly label: string;
  readonly about?: ReactNode;
  readonly used: number;
  readonly of: number;
  readonly words: string;
}) {
  const share = of > 0 ? Math.min(1, used / of) : used > 0 ? 1 : 0;
  const tone = share > 0.9 ? "red" : share > 0.75 ? "amber" : "accent";
  return (
    <div className="meter">
      <div className="meter-words">
        <span>
          {label}
          {about && <span className="muted small"> {about}</span>}
        </span>
        <span className="mono num muted">{words}</span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> each in its own way */}
      <div
        className="meter-bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        aria-valuetext={words}
      >
        <div className={`meter-${tone}`} style={{ width: `${share * 100}%` }} />
      </div>
    </div>
  );
}
