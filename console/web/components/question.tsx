import { Modal } from "antd";
import type { Asked } from "./ask.ts";

export function Question({ asked: { question, answer } }: { readonly asked: Asked }) {
  return (
    <Modal
      open
      title={question.title}
      okText={question.ok}
      okButtonProps={{ danger: true }}
      cancelText={question.cancel}
      onOk={() => answer(true)}
      onCancel={() => answer(false)}
    >
      <p>{question.about}</p>
    </Modal>
  );
}
