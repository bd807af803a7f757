import type { ReactNode } from "react";

export interface Option<V extends string> {
  readonly value: V;
  readonly label: string;
  readonly icon?: ReactNode;
}

/** One of a few, side by side; arrow keys move as in any radio group. `iconsOnly` keeps the words for screen readers. */
export function Choice<V extends string>(props: {
  readonly label: string;
  readonly name: string;
  readonly value: V;
  readonly options: readonly Option<V>[];
  readonly choose: (value: V) => void;
  readonly iconsOnly?: boolean;
}) {
  return (
    <fieldset className="choice" aria-label={props.label}>
      {props.options.map((option) => (
        <label
          key={option.value}
          className={option.value === props.value ? "on" : ""}
          title={props.iconsOnly ? option.label : undefined}
        >
          <input
            type="radio"
            className="sr-only"
            name={props.name}
            checked={option.value === props.value}
            onChange={() => props.choose(option.value)}
          />
          {option.icon}
          <span className={props.iconsOnly ? "sr-only" : ""}>{option.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
