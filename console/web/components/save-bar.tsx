import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { ReasonButton } from "../ui/reason-button.tsx";
import { LeaveGuard } from "./leave-guard.tsx";

/** Appears with the first edit and stays in sight: how many, discard, review. An edit of what somebody else has saved meanwhile can be given up alone. */
export function SaveBar({
  count,
  reason = null,
  isStale = false,
  discard,
  review,
}: {
  readonly count: number;
  readonly reason?: string | null;
  readonly isStale?: boolean;
  readonly discard: () => void;
  readonly review: () => void;
}) {
  const { t } = useTranslation();
  return (
    <>
      <LeaveGuard dirty={count > 0} />
      {count > 0 && (
        <section className="save-bar" aria-label={t("edit.unsaved")}>
          <span className="grow">{isStale ? t("edit.stale") : t("edit.changes", { count })}</span>
          <Button onClick={discard}>{t("action.discard")}</Button>
          <ReasonButton type="primary" reason={isStale ? t("edit.stale") : reason} onClick={review}>
            {t("action.review")}
          </ReasonButton>
        </section>
      )}
    </>
  );
}
