import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { ReasonButton } from "../ui/reason-button.tsx";
import { LeaveGuard } from "./leave-guard.tsx";

/** Entries that somebody else has changed too, and what becomes of them. */
export interface BothChanged {
  readonly names: readonly string[];
  readonly keepMine: () => void;
  readonly takeTheirs: () => void;
}

/** Appears with the first edit and stays in sight: how many, discard, review. Where somebody else has changed an entry of the list too, it is asked which is to be. */
export function SaveBar({
  count,
  reason = null,
  conflict = null,
  both = null,
  discard,
  review,
}: {
  readonly count: number;
  readonly reason?: string | null;
  /** What somebody else has changed too, where the page asks which is to be. */
  readonly conflict?: string | null;
  readonly both?: BothChanged | null;
  readonly discard: () => void;
  readonly review: () => void;
}) {
  const { t } = useTranslation();
  const undecided = both ? t("edit.both", { names: both.names.join(", ") }) : conflict;
  return (
    <>
      <LeaveGuard dirty={count > 0} />
      {count > 0 && (
        <section className="save-bar" aria-label={t("edit.unsaved")}>
          <span className="grow" role="status">
            {undecided ?? t("edit.changes", { count })}
          </span>
          {both && (
            <>
              <Button onClick={both.keepMine}>{t("edit.keepMine")}</Button>
              <Button onClick={both.takeTheirs}>{t("edit.takeTheirs")}</Button>
            </>
          )}
          <Button onClick={discard}>{t("action.discard")}</Button>
          <ReasonButton type="primary" reason={undecided ?? reason} onClick={review}>
            {t("action.review")}
          </ReasonButton>
        </section>
      )}
    </>
  );
}
