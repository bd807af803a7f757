import { Form, type FormInstance, type FormProps } from "antd";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { differing, fieldAt } from "../forms/merge-fields.ts";
import { ReasonButton } from "../ui/reason-button.tsx";
import { Conflicts, type FormWords, useConflictReason } from "./conflicts.tsx";
import { LeaveGuard } from "./leave-guard.tsx";
import { type Edit, useEdit } from "./use-edit.ts";

export interface SavedForm<T> {
  readonly form: FormInstance<T>;
  readonly edit: Edit<T>;
  readonly props: Pick<FormProps<T>, "form" | "layout" | "requiredMark" | "initialValues" | "onValuesChange">;
}

/** A form of something saved: it shows what others save meanwhile, but takes nothing away that was typed. */
export function useSavedForm<T extends object>(saved: T): SavedForm<T> {
  const [form] = Form.useForm<T>();
  const edit = useEdit(saved);
  useEffect(() => {
    const paths = differing(form.getFieldsValue(true), edit.value);
    form.setFields(paths.map((path) => ({ name: path.split(".") as never, value: fieldAt(edit.value, path), errors: [] })));
  }, [form, edit.value]);
  return {
    form,
    edit,
    props: {
      form,
      layout: "vertical",
      requiredMark: false,
      initialValues: saved,
      onValuesChange: () => edit.set(form.getFieldsValue(true) as T),
    },
  };
}

/** At the end of such a form: what is to be decided first, and the way to the plan. `cannot`: why it cannot be changed at all. */
export function ReviewEdit<T>({
  edit,
  fields,
  cannot,
  wrong = null,
}: {
  readonly edit: Edit<T>;
  readonly fields: FormWords;
  readonly cannot: string | null;
  readonly wrong?: string | null;
}) {
  const { t } = useTranslation();
  const conflict = useConflictReason(edit, fields);
  const nothing = edit.isEdited ? null : t("edit.nothing");
  return (
    <>
      <LeaveGuard dirty={edit.isEdited} />
      <Conflicts edit={edit} fields={fields} />
      <ReasonButton type="primary" htmlType="submit" reason={cannot ?? conflict ?? nothing ?? wrong}>
        {t("action.review")}
      </ReasonButton>
      {edit.isEdited && wrong && <p className="field-error form-after">{wrong}</p>}
    </>
  );
}
