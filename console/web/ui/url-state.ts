import { useCallback, useState } from "react";
import { useSearchParams } from "react-router";

interface More {
  /** A word that means nothing once this one has changed. */
  readonly ends?: string;
  /** What is chosen is shown at the top of the page, which may be out of sight. */
  readonly atTop?: true;
}

/** A word kept in the query string, so that a view can be linked and reloaded. The default leaves no trace. */
export function useUrlState(
  name: string,
  initial: string,
  { ends, atTop }: More = {},
): readonly [string, (next: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (next: string) => {
      setParams(
        (current) => {
          const changed = new URLSearchParams(current);
          if (next === initial) changed.delete(name);
          else changed.set(name, next);
          if (ends) changed.delete(ends);
          return changed;
        },
        { replace: true },
      );
      if (atTop) window.scrollTo(0, 0);
    },
    [name, initial, ends, atTop, setParams],
  );
  return [params.get(name) ?? initial, set];
}

const storedAs = (name: string) => `pluvia.table.${name}`;
/** The same, and what was chosen last is the default of the next visit. */
export function useRememberedState(name: string, initial: string): readonly [string, (next: string) => void] {
  const [remembered] = useState(() => window.localStorage.getItem(storedAs(name)) ?? initial);
  const [value, set] = useUrlState(name, remembered);
  const choose = (next: string) => {
    window.localStorage.setItem(storedAs(name), next);
    set(next);
  };
  return [value, choose];
}
