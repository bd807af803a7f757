import { Form, type FormInstance } from "antd";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { ErrorPanel } from "../ui/states.tsx";
import type { Submit } from "./submit.ts";
import { Dialog } from "../ui/dialog.tsx";

interface Props<V> {
  readonly title: string;
  readonly ok: string;
  readonly close: () => void;
  readonly form: FormInstance<V>;
  readonly initial: Partial<V>;
  readonly sent: Submit<V>;
  readonly children: ReactNode;
}

/** A form in a dialog: Enter and the button send it, its error stands above the fields. */
export function FormDialog<V extends object>({ title, ok, close, form, initial, sent, children }: Props<V>) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <Dialog
      title={title}
      onCancel={close}
      // Its button, though it stands outside: without one, Enter sends only a form of a single field.
      okButtonProps={{ htmlType: "submit", form: id }}
      okText={ok}
      cancelText={t("action.cancel")}
      confirmLoading={sent.busy}
    >
      <Form<V>
        id={id}
        // Or its fields have the ids, and so the labels, of those of the page that are called the same.
        name={id}
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={initial}
        onFinish={(values) => void sent.submit(values)}
      >
        {sent.error !== null && <ErrorPanel error={sent.error} compact />}
        {children}
      </Form>
    </Dialog>
  );
}
