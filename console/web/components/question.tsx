import type { Asked } from "./asked.ts";
import { Dialog } from "../ui/dialog.tsx";

export function Question({ asked: { question, answer } }: { readonly asked: Asked }) {
  return (
    <Dialog
      title={question.title}
      okText={question.ok}
      okButtonProps={{ danger: true }}
      cancelText={question.cancel}
      onOk={() => answer(true)}
      onCancel={() => answer(false)}
    >
      <p>{question.about}</p>
    </Dialog>
  );
}
