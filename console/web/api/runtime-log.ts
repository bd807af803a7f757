import { useCallback, useEffect, useRef, useState } from "react";
import type { Stream, StreamState } from "../../../shared/client/streams.ts";
import type { ComponentId } from "../../../shared/contract/id.ts";
import type { ErrorFrame } from "../../../shared/contract/stream.ts";
import { appended, type LogRow, prepended, rowsOf, sequenceOf } from "../ui/log-lines.ts";
import { openDataCenterStream } from "./data-center-stream.ts";

/** Lines at first, and each time the reader goes further back. */
const pageLines = 1_000;

export interface RuntimeLog {
  readonly rows: readonly LogRow[];
  readonly state: StreamState;
  /** All that was stored has come at least once. */
  readonly caughtUp: boolean;
  readonly refused: ErrorFrame | null;
  readonly older: () => void;
  readonly oldestReached: boolean;
}

interface Fetched {
  readonly rows: readonly LogRow[];
  readonly caughtUp: boolean;
  readonly refused: RuntimeLog["refused"];
  readonly oldestReached: boolean;
}
const nothing: Fetched = { rows: [], caughtUp: false, refused: null, oldestReached: false };

/** The runtime log: the newest lines (that contain `search`), then what comes. A lost connection goes on where it was. */
export function useRuntimeLog(component: ComponentId, search: string): RuntimeLog {
  const [state, setState] = useState<StreamState>({ state: "connecting" });
  const [fetched, setFetched] = useState<Fetched>(nothing);
  const stream = useRef<Promise<Stream> | null>(null);
  const reading = useRef(false);

  useEffect(() => {
    const opened = openDataCenterStream({ component, kind: "log", onState: setState });
    stream.current = opened;
    return () => {
      stream.current = null;
      void opened.then((s) => s.close());
    };
  }, [component]);

  useEffect(() => {
    let stopped = false;
    let stop = () => {};
    setFetched(nothing);
    reading.current = false;
    const change = (next: (now: Fetched) => Fetched) => {
      if (!stopped) setFetched(next);
    };
    void stream.current?.then((s) => {
      if (stopped) return;
      const subscription = s.subscribe(
        `log/${component}`,
        { tail: pageLines, ...(search ? { search } : {}) },
        {
          onData: (data) => data.kind === "lines" && change((now) => ({ ...now, rows: appended(now.rows, rowsOf(data.lines)) })),
          onGap: (gap) => change((now) => ({ ...now, rows: appended(now.rows, [{ kind: "gap", ...gap }]) })),
          onCaughtUp: () => change((now) => ({ ...now, caughtUp: true })),
          onError: (refused) => change((now) => ({ ...now, refused })),
        },
      );
      stop = () => subscription.unsubscribe();
    });
    return () => {
      stopped = true;
      stop();
    };
  }, [component, search]);

  const oldest = fetched.rows[0];
  const older = useCallback(() => {
    if (!oldest || reading.current || fetched.oldestReached) return;
    reading.current = true;
    let rows: readonly LogRow[] = [];
    const done = () => {
      reading.current = false;
      setFetched((now) => ({ ...now, rows: prepended(now.rows, rows), oldestReached: rows.length === 0 }));
    };
    void stream.current?.then((s) =>
      s.subscribe(
        `log/${component}`,
        { tail: pageLines, before: sequenceOf(oldest), follow: false, ...(search ? { search } : {}) },
        {
          onData: (data) => {
            if (data.kind === "lines") rows = appended(rows, rowsOf(data.lines));
          },
          onEnded: done,
          onError: done,
        },
      ),
    );
  }, [component, search, oldest, fetched.oldestReached]);

  return { ...fetched, state, older };
}
