import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { toast } from "./toast.tsx";

/** Inside the dialog that is open: it lets the focus nowhere else. */
function copySelected(text: string): boolean {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  (before?.closest('[role="dialog"]') ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

/** Whether it is copied. The clipboard API needs a secure page and leave; an old-fashioned selection works everywhere. */
export async function copyText(text: string): Promise<boolean> {
  if (!navigator.clipboard) return copySelected(text);
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => copySelected(text),
  );
}

/** Copies, and says whether it is done. */
export function useCopy(): (text: string) => Promise<void> {
  const { t } = useTranslation();
  return async (text) => {
    if (await copyText(text)) toast(t("action.copied"));
    else toast(t("action.notCopied"), { level: "error" });
  };
}

export function CopyButton({ text, label }: { readonly text: string; readonly label?: string }) {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  const copy = async () => {
    if (!(await copyText(text))) return toast(t("action.notCopied"), { level: "error" });
    setDone(true);
    window.setTimeout(() => setDone(false), 1_500);
  };
  const words = done ? t("action.copied") : (label ?? t("action.copy"));
  return (
    <button type="button" className="icon-button" title={words} aria-label={words} onClick={() => void copy()}>
      {done ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
    </button>
  );
}
