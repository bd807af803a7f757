import { Button } from "antd";
import { Fragment, type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { LeaveGuard } from "./leave-guard.tsx";

export interface FormEdit {
  readonly isEdited: boolean;
  readonly setEdited: (isEdited: boolean) => void;
  /** Why it cannot be saved as it is edited: somebody else has saved it meanwhile. */
  readonly stale: string | null;
}

/** A form of something saved, made anew when that changes; but while it is edited nothing that was typed is taken away. */
export function SavedForm({ saved, children }: { readonly saved: unknown; readonly children: (edit: FormEdit) => ReactNode }) {
  const { t } = useTranslation();
  const now = JSON.stringify(saved);
  const [of, keep] = useState(now);
  const [isEdited, setEdited] = useState(false);
  if (!isEdited && of !== now) keep(now);
  const stale = isEdited && of !== now ? t("edit.stale") : null;
  return (
    <Fragment key={of}>
      <LeaveGuard dirty={isEdited} />
      {children({ isEdited, setEdited, stale })}
      {stale && (
        <p className="field-error form-after row row-wrap" role="status">
          {stale}
          <Button size="small" onClick={() => setEdited(false)}>
            {t("action.discard")}
          </Button>
        </p>
      )}
    </Fragment>
  );
}
