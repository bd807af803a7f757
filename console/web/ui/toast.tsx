import { CircleCheck, CircleX, X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

interface Toast {
  readonly id: number;
  readonly level: "done" | "error";
  readonly text: string;
  readonly undo?: { readonly label: string; readonly run: () => void };
}

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();
const change = (next: readonly Toast[]) => {
  toasts = next;
  for (const listener of listeners) listener();
};
const close = (id: number) => change(toasts.filter((toast) => toast.id !== id));

/** Six seconds: time to read a sentence and press undo. Errors stay until they are closed. */
export function toast(text: string, more: { level?: "done" | "error"; undo?: Toast["undo"] } = {}): void {
  last += 1;
  const id = last;
  const level = more.level ?? "done";
  change([...toasts.slice(-2), { id, level, text, ...(more.undo ? { undo: more.undo } : {}) }]);
  if (level === "done") window.setTimeout(() => close(id), 6_000);
}

export function Toasts() {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, level, text, undo }) => (
        <div key={id} className={`toast toast-${level}`}>
          {level === "done" ? (
            <CircleCheck size={16} aria-hidden className="ink-green" />
          ) : (
            <CircleX size={16} aria-hidden className="ink-red" />
          )}
          <span>{text}</span>
          {undo && (
            <button
              type="button"
              className="link-button"
              onClick={() => {
                undo.run();
                close(id);
              }}
            >
              {undo.label}
            </button>
          )}
          <button type="button" className="icon-button" aria-label={t("action.close")} onClick={() => close(id)}>
            <X size={14} aria-hidden />
          </button>
        </div>
      ))}
    </div>
  );
}
