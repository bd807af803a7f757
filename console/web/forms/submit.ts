import type { FormInstance } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../shared/client/api-error.ts";
import { type PlatformWords, platformWords } from "../i18n/platform-words.ts";
import { toldField } from "../i18n/told-error.ts";

/** Server field errors go to their field; what names no field of the form is left for a panel. */
function place(form: FormInstance, error: unknown, words: PlatformWords | undefined): boolean {
  if (!(error instanceof ApiError) || error.fields.length === 0) return false;
  const known = Object.keys(form.getFieldsValue(true) as object);
  const mine = error.fields.filter((field) => known.includes(field.path.split(".")[0] ?? ""));
  form.setFields(mine.map((field) => ({ name: field.path.split("."), errors: [toldField(words, field)] })));
  return mine.length === error.fields.length;
}

export interface Submit<V> {
  readonly busy: boolean;
  readonly error: unknown;
  readonly submit: (values: V) => Promise<void>;
}

/** Runs `work` once at a time, keeps what was typed, and puts the errors where they belong. */
export function useSubmit<V>(form: FormInstance, work: (values: V) => Promise<void>): Submit<V> {
  const { i18n } = useTranslation();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (values: V) => {
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await work(values);
    } catch (thrown) {
      if (!place(form, thrown, platformWords(i18n))) setError(thrown);
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, submit };
}
