import type { FormItemProps } from "antd";
import { useTranslation } from "react-i18next";
import { referenceProblem } from "../../../shared/domain/image/reference.ts";
import { platformWords } from "../i18n/platform-words.ts";
import { toldField } from "../i18n/told-error.ts";

/** Of a field for an image's name: the API would refuse another, but after more was typed. */
export function useImageRules(): NonNullable<FormItemProps["rules"]> {
  const { t, i18n } = useTranslation();
  const validator = async (_: unknown, image = ""): Promise<void> => {
    const problem = image.trim() === "" ? null : referenceProblem(image.trim());
    if (problem) throw new Error(toldField(platformWords(i18n), { path: "image", ...problem }));
  };
  return [{ required: true, message: t("field.required") }, { validator }];
}
