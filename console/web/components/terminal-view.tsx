import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { Button } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Stream, StreamState, Subscription } from "../../../shared/client/streams.ts";
import type { ComponentId } from "../../../shared/contract/id.ts";
import { openDataCenterStream } from "../api/data-center-stream.ts";
import { type Said, useTold } from "../i18n/platform-words.ts";
import { copyText } from "../ui/copy-button.tsx";
import { ErrorPanel, Note } from "../ui/states.tsx";
import { useThemeName } from "../ui/theme.ts";
import { fonts, palettes } from "../ui/tokens.ts";
import "./terminal-view.css";

type End =
  | { readonly kind: "exited"; readonly said: Said; readonly exitCode: number | null }
  | { readonly kind: "refused"; readonly said: Said };

const lookOf = (name: "light" | "dark") => {
  const p = palettes[name];
  return {
    background: p.sunken,
    foreground: p.text,
    cursor: p.accentText,
    selectionBackground: `${p.accent}66`,
    red: p.red,
    green: p.green,
    yellow: p.amber,
    blue: p.blue,
    cyan: p.accentText,
    brightRed: p.red,
    brightGreen: p.green,
    brightYellow: p.amber,
    brightBlue: p.blue,
    brightCyan: p.accentText,
  };
};

/** Ctrl-Shift-C copies and Ctrl-Shift-V pastes, as terminals do; Ctrl-C goes to the program. */
function copyKeys(terminal: Terminal): void {
  terminal.attachCustomKeyEventHandler((event) => {
    if (!(event.ctrlKey && event.shiftKey) || event.type !== "keydown") return true;
    if (event.code === "KeyC" && terminal.hasSelection()) {
      event.preventDefault();
      void copyText(terminal.getSelection());
      return false;
    }
    return event.code !== "KeyV";
  });
}

interface Props {
  readonly component: ComponentId;
  readonly instance: string;
  readonly again: () => void;
}

/** A terminal that goes on after a lost connection and says how its program ended. */
export function TerminalView({ component, instance, again }: Props) {
  const { t } = useTranslation();
  const told = useTold();
  const theme = useThemeName();
  const box = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal | null>(null);
  const [state, setState] = useState<StreamState>({ state: "connecting" });
  const [end, setEnd] = useState<End | null>(null);

  useEffect(() => {
    if (terminal.current) terminal.current.options.theme = lookOf(theme);
  }, [theme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new theme must not open a new shell
  useEffect(() => {
    if (!box.current) return;
    const screen = new Terminal({
      fontFamily: fonts.mono,
      fontSize: 13,
      lineHeight: 1.3,
      cursorBlink: true,
      scrollback: 10_000,
      theme: lookOf(theme),
      allowProposedApi: false,
    });
    Terminal.strings.promptLabel = t("terminal.input");
    const fit = new FitAddon();
    screen.loadAddon(fit);
    screen.open(box.current);
    fit.fit();
    copyKeys(screen);
    terminal.current = screen;
    let closed = false;
    let subscription: Subscription | null = null;
    let stream: Stream | null = null;
    void openDataCenterStream({ component, kind: "terminal", instance, onState: (next) => closed || setState(next) }).then(
      (opened) => {
        stream = opened;
        if (closed) return opened.close();
        subscription = opened.subscribe(
          `terminal/${component}`,
          { columns: screen.cols, rows: screen.rows },
          {
            onData: (data) => data.kind === "output" && screen.write(data.data),
            onEnded: ({ reason, code, exitCode }) => {
              setEnd({ kind: "exited", said: { code: code ?? "", message: reason }, exitCode: exitCode ?? null });
              opened.close();
            },
            onError: (frame) => {
              setEnd({ kind: "refused", said: { ...frame, code: frame.reason ?? "" } });
              opened.close();
            },
          },
        );
      },
    );
    const typed = screen.onData((data) => subscription?.input(data));
    const resized = screen.onResize(({ cols, rows }) => subscription?.resize(cols, rows));
    const observer = new ResizeObserver(() => fit.fit());
    observer.observe(box.current);
    screen.focus();
    return () => {
      closed = true;
      observer.disconnect();
      typed.dispose();
      resized.dispose();
      stream?.close();
      screen.dispose();
      terminal.current = null;
    };
  }, [component, instance]);

  return (
    <div className="terminal-frame" data-testid="terminal" data-state={end ? end.kind : state.state}>
      {state.state === "waiting" && !end && <Note level="warning" title={t("live.lost")} />}
      {state.state === "closed" && !end && state.error !== undefined && <ErrorPanel error={state.error} retry={again} compact />}
      {end && (
        <Note
          level={end.kind === "refused" ? "error" : "info"}
          title={end.kind === "refused" ? told(end.said).message : t("terminal.ended", { code: end.exitCode ?? "–" })}
          action={
            <Button size="small" onClick={again}>
              {t("terminal.again")}
            </Button>
          }
        >
          {end.kind === "refused" ? told(end.said).next : told(end.said).message}
        </Note>
      )}
      <section className="terminal-box" ref={box} aria-label={t("tab.terminal")} />
    </div>
  );
}
