import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { LogLine } from "../../../shared/contract/agent.ts";
import { type Span, spansOf } from "../../../shared/domain/log-text.ts";
import { instanceEnd } from "../../../shared/domain/instance-name.ts";
import { useTold } from "../i18n/platform-words.ts";
import { type LogRow, sequenceOf } from "./log-lines.ts";
import { clock } from "./time.tsx";
import "./log-view.css";

const rowHeight = 20;
/** Rows drawn above and below what is seen, so that scrolling shows no white. */
const overscan = 30;

interface Props {
  readonly rows: readonly LogRow[];
  readonly label: string;
  readonly follow: boolean;
  readonly setFollow: (follow: boolean) => void;
  /** Sequence of the line that matters: scrolled to once, and marked. */
  readonly mark?: number | null;
  readonly showInstance?: boolean;
  /** Called near the top, for older lines. */
  readonly onTop?: () => void;
  readonly height?: number | string;
}

const classOf = ({ color, bold, dim }: Span) =>
  [color && `ansi-${color}`, bold && "ansi-bold", dim && "ansi-dim"].filter(Boolean).join(" ");
const textOf = ({ text, code, params }: LogLine, told: ReturnType<typeof useTold>): string =>
  code === undefined ? text : told({ code, message: text, params }).message;

function Row({ row, marked, showInstance }: { readonly row: LogRow; readonly marked: boolean; readonly showInstance: boolean }) {
  const { t } = useTranslation();
  const told = useTold();
  if (row.kind === "gap")
    return (
      <div className="log-row log-gap" role="note">
        {t("logs.gap", { count: row.to - row.from + 1, reason: told({ code: row.code ?? "", message: row.reason }).message })}
      </div>
    );
  const { line } = row;
  return (
    <div className={`log-row log-${line.stream}${marked ? " log-mark" : ""}`}>
      <time dateTime={line.at} title={line.at}>
        {clock(line.at, Date.now())}
      </time>
      {showInstance && (
        <span className="log-instance" title={line.instance ?? undefined}>
          {line.instance ? instanceEnd(line.instance) : ""}
        </span>
      )}
      <span className="log-text">
        {spansOf(textOf(line, told)).map((span, n) =>
          classOf(span) ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one line never move
            <span key={n} className={classOf(span)}>
              {span.text}
            </span>
          ) : (
            span.text
          ),
        )}
      </span>
    </div>
  );
}

/** What part of a long list is seen. */
function useWindow(box: RefObject<HTMLDivElement | null>) {
  const [seen, setSeen] = useState({ top: 0, height: 600 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () => setSeen({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", look);
    };
  }, [box]);
  return seen;
}

/** Only what is seen is drawn. Scrolling up lets go of the newest line; the button below takes hold of it again. */
export function LogView({ rows, label, follow, setFollow, mark = null, showInstance = false, onTop, height = 420 }: Props) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const markedOnce = useRef<number | null>(null);
  const first = useRef<LogRow | undefined>(undefined);
  const seen = useWindow(box);
  const from = Math.max(0, Math.floor(seen.top / rowHeight) - overscan);
  const to = Math.min(rows.length, Math.ceil((seen.top + seen.height) / rowHeight) + overscan);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const markAt = mark === null ? -1 : rows.findIndex((row) => sequenceOf(row) >= mark);
    if (markAt >= 0 && markedOnce.current !== mark) {
      markedOnce.current = mark;
      element.scrollTop = Math.max(0, markAt * rowHeight - element.clientHeight / 2);
      return;
    }
    const before = first.current ? rows.indexOf(first.current) : 0;
    if (before > 0 && !follow) element.scrollTop += before * rowHeight;
    first.current = rows[0];
    if (follow && mark === null) element.scrollTop = element.scrollHeight;
  }, [rows, follow, mark]);

  const scrolled = () => {
    const element = box.current;
    if (!element) return;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight * 2;
    if (atEnd !== follow && mark === null) setFollow(atEnd);
    if (element.scrollTop < rowHeight * 10) onTop?.();
  };

  return (
    <div className="log-frame">
      <div
        ref={box}
        className="log"
        style={{ height }}
        role="log"
        aria-label={label}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by the keyboard
        tabIndex={0}
        onScroll={scrolled}
      >
        <div style={{ height: rows.length * rowHeight, position: "relative", minWidth: "max-content" }}>
          <div style={{ transform: `translateY(${from * rowHeight}px)` }}>
            {rows.slice(from, to).map((row) => (
              <Row
                key={`${row.kind}${sequenceOf(row)}`}
                row={row}
                marked={mark !== null && sequenceOf(row) === mark}
                showInstance={showInstance}
              />
            ))}
          </div>
        </div>
      </div>
      {!follow && rows.length > 0 && mark === null && (
        <button type="button" className="log-follow" onClick={() => setFollow(true)}>
          {t("logs.toEnd")}
        </button>
      )}
    </div>
  );
}
