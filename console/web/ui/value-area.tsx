import { Input } from "antd";
import type { TextAreaProps } from "antd/es/input";
import { Eye, EyeOff } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import "./value-area.css";

/** As an input's does. */
function send(event: KeyboardEvent<HTMLTextAreaElement>): void {
  const { form } = event.currentTarget;
  if (!form || event.shiftKey || event.nativeEvent.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
}

interface Props extends TextAreaProps {
  /** Hidden until it is asked to be seen. */
  readonly secret?: boolean;
}

/** A value of any number of lines: an input would make one of those that are pasted. Enter sends its form, if it has one; with Shift it begins a line. */
export function ValueArea({ secret = false, ...props }: Props) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <span className="value-area">
      <Input.TextArea
        autoSize={{ minRows: 1, maxRows: 8 }}
        spellCheck={false}
        autoComplete="off"
        onPressEnter={send}
        {...props}
        className={`mono${secret && !shown ? " hidden-text" : ""}`}
      />
      {secret && (
        <button
          type="button"
          className="icon-button"
          aria-label={shown ? t("variables.hide") : t("variables.show")}
          title={shown ? t("variables.hide") : t("variables.show")}
          onClick={() => setShown(!shown)}
        >
          <Icon size={14} aria-hidden />
        </button>
      )}
    </span>
  );
}
