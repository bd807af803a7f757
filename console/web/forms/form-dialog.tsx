import { Form, type FormInstance, Modal } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ErrorPanel } from "../ui/states.tsx";
import type { Submit } from "./submit.ts";

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
  return (
    <Modal
      open
      title={title}
      onCancel={close}
      onOk={() => form.submit()}
      okText={ok}
      cancelText={t("action.cancel")}
      confirmLoading={sent.busy}
    >
      <Form<V>
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={initial}
        onFinish={(values) => void sent.submit(values)}
      >
        {sent.error !== null && <ErrorPanel error={sent.error} compact />}
        {children}
      </Form>
    </Modal>
  );
}
