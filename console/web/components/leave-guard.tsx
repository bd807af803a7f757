import { useEffect, useId } from "react";
import { useTranslation } from "react-i18next";
import { useBlocker } from "react-router";
import { ask } from "./ask.ts";
import { renamed } from "./use-renamed.ts";

/** The forms of the page with edits that are not saved. A router asks one alone, so they are kept together. */
const unsaved = new Set<string>();

/** While `dirty`, its edits are not left behind unasked. */
export function LeaveGuard({ dirty }: { readonly dirty: boolean }) {
  const form = useId();
  useEffect(() => {
    if (!dirty) return;
    unsaved.add(form);
    return () => void unsaved.delete(form);
  }, [dirty, form]);
  return null;
}

/** Asks before unsaved edits are left behind: by a link, by going back, by closing the page. */
export function useLeaveQuestion(): void {
  const { t } = useTranslation();
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      unsaved.size > 0 && currentLocation.pathname !== nextLocation.pathname && nextLocation.state !== renamed,
  );
  useEffect(() => {
    if (blocker.state !== "blocked") return;
    const question = { title: t("leave.title"), about: t("leave.about"), ok: t("leave.leave"), cancel: t("leave.stay") };
    void ask(question).then((leaves) => (leaves ? blocker.proceed() : blocker.reset()));
  }, [blocker, t]);
  useEffect(() => {
    const hold = (event: BeforeUnloadEvent) => {
      if (unsaved.size > 0) event.preventDefault();
    };
    window.addEventListener("beforeunload", hold);
    return () => window.removeEventListener("beforeunload", hold);
  }, []);
}
