import { Form, Input, type InputProps } from "antd";
import { useTranslation } from "react-i18next";

export function EmailField(input: Pick<InputProps, "autoComplete" | "autoFocus" | "readOnly">) {
  const { t } = useTranslation();
  return (
    <Form.Item
      name="email"
      label={t("field.email")}
      rules={[
        { required: true, message: t("field.required") },
        { type: "email", message: t("field.notEmail") },
      ]}
    >
      <Input type="email" {...input} />
    </Form.Item>
  );
}
