import { Button } from "antd";
import { CircleX, Info, RotateCw, TriangleAlert } from "lucide-react";
import { type ReactNode, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../../shared/client/api-error.ts";
import { signedOut } from "../api/signed-out.ts";
import { toldError } from "../i18n/told-error.ts";
import { platformWords } from "../i18n/platform-words.ts";
import { CopyButton } from "./copy-button.tsx";

export interface ErrorWords {
  readonly title: string;
  readonly next: string;
  readonly code: string;
  readonly request: string | null;
}

/** Words for any thrown thing: the platform's own message, or what we know when there was no answer. */
export function useErrorWords(): (error: unknown) => ErrorWords {
  const { t, i18n } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError))
      return { title: t("error.page"), next: t("error.pageNext"), code: "console", request: null };
    if (error.status === 0)
      return { title: t("error.unreachable"), next: t("error.unreachableNext"), code: error.code, request: null };
    const { message, next } = toldError(platformWords(i18n), error);
    // What the API says of headers is for programs.
    if (error.reason === "signed-out")
      return { title: message, next: t("error.code.unauthenticated"), code: error.code, request: error.request };
    return { title: message, next: next || t(`error.code.${error.code}`), code: error.code, request: error.request };
  };
}

export function ErrorPanel({
  error,
  retry,
  compact = false,
}: {
  readonly error: unknown;
  readonly retry?: () => void;
  readonly compact?: boolean;
}) {
  const { t } = useTranslation();
  const words = useErrorWords()(error);
  const isOver = useSyncExternalStore(signedOut.listen, signedOut.now) === "no";
  // Its person has signed in again since.
  if (isOver && error instanceof ApiError && error.reason === "signed-out") return null;
  return (
    <div role="alert" className={`note note-red${compact ? "" : " note-wide"}`}>
      <CircleX size={18} aria-hidden />
      <div className="note-body">
        <strong>{words.title}</strong>
        {words.next && <p>{words.next}</p>}
        <p className="note-facts mono">
          <span>{words.code}</span>
          {words.request && (
            <span>
              {words.request} <CopyButton text={words.request} label={t("error.copyRequest")} />
            </span>
          )}
        </p>
      </div>
      {retry && (
        <Button size="small" onClick={retry} icon={<RotateCw size={14} />}>
          {t("action.retry")}
        </Button>
      )}
    </div>
  );
}

const noteIcon = { info: Info, warning: TriangleAlert, error: CircleX } as const;
const noteTone = { info: "blue", warning: "amber", error: "red" } as const;

export function Note(props: {
  readonly level: "info" | "warning" | "error";
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}) {
  const Icon = noteIcon[props.level];
  return (
    <div className={`note note-${noteTone[props.level]}`} role={props.level === "error" ? "alert" : "status"}>
      <Icon size={18} aria-hidden />
      <div className="note-body">
        <strong>{props.title}</strong>
        {props.children && <div className="note-text">{props.children}</div>}
      </div>
      {props.action}
    </div>
  );
}

/** One sentence, one button, one example. */
export function Empty(props: {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  readonly icon?: ReactNode;
}) {
  return (
    <div className="empty">
      {props.icon && <div className="empty-icon">{props.icon}</div>}
      <h3>{props.title}</h3>
      {props.children && <div className="empty-text">{props.children}</div>}
      {props.action}
    </div>
  );
}

/** Grey shapes of what will be there. */
export function Skeleton({ rows = 3, height = 44 }: { readonly rows?: number; readonly height?: number }) {
  const { t } = useTranslation();
  return (
    <div className="skeleton" role="status" aria-label={t("state.loading")}>
      {Array.from({ length: rows }, (_, n) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same
        <div key={n} style={{ height }} />
      ))}
    </div>
  );
}
