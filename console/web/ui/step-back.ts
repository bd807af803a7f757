import { useEffect } from "react";

/** While `open`, going back closes, and the page stays: it has an entry of the browser's history of its own, which goes when it is closed otherwise. */
export function useStepBack(open: boolean, close: () => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another way of closing is no other entry
  useEffect(() => {
    if (!open) return;
    const entered = window.setTimeout(() => {
      // The router's own state, so that it is the same place for it.
      window.history.pushState({ ...window.history.state, opened: true }, "");
      window.addEventListener("popstate", close);
    });
    return () => {
      window.clearTimeout(entered);
      window.removeEventListener("popstate", close);
      if (window.history.state?.opened) window.history.back();
    };
  }, [open]);
}
