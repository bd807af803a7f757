import { useCallback, useEffect, useRef, useState } from "react";
import type { Stream, StreamHandlers, StreamState } from "../../../shared/client/streams.ts";
import type { ComponentId } from "../../../shared/contract/id.ts";
import { type ErrorFrame, logLimits } from "../../../shared/contract/stream.ts";
import { appended, firstOf, type LogRow, prepended, rowsBackMax, rowsMax, rowsOf } from "../ui/log-lines.ts";
import { openDataCenterStream } from "./data-center-stream.ts";

/** Lines at first. */
const pageLines = 1_000;

export interface RuntimeLog {
  readonly rows: readonly LogRow[];
  readonly state: StreamState;
  /** All that was stored has come at least once. */
  readonly caughtUp: boolean;
  readonly refused: ErrorFrame | null;
  readonly older: () => void;
  readonly oldestReached: boolean;
  /** Hands on everything that is kept (and contains `search`), in order; resolves at its end. */
  readonly readAll: (take: (rows: readonly LogRow[]) => void) => Promise<void>;
}

interface Fetched {
  readonly rows: readonly LogRow[];
  readonly caughtUp: boolean;
  readonly refused: RuntimeLog["refused"];
  readonly oldestReached: boolean;
}
const nothing: Fetched = { rows: [], caughtUp: false, refused: null, oldestReached: false };

const onRows = (take: (rows: readonly LogRow[]) => void): Pick<StreamHandlers, "onData" | "onGap"> => ({
  onData: (data) => {
    if (data.kind === "lines") take(rowsOf(data.lines));
  },
  onGap: (gap) => take([{ kind: "gap", ...gap }]),
});

/** Where old rows were let go there is something to read again. */
function withNew(now: Fetched, more: readonly LogRow[], max: number): Fetched {
  const rows = appended(now.rows, more, max);
  return { ...now, rows, oldestReached: now.oldestReached && rows[0] === now.rows[0] };
}

/**
 * The runtime log: the newest lines (that contain `search`), then what comes. A lost connection goes on where it was. Only who
 * follows the newest lines has the oldest let go.
 */
export function useRuntimeLog(component: ComponentId, search: string, follow = true): RuntimeLog {
  const [state, setState] = useState<StreamState>({ state: "connecting" });
  const [fetched, setFetched] = useState<Fetched>(nothing);
  const stream = useRef<Promise<Stream> | null>(null);
  /** Who reads older lines, if anybody does. */
  const reader = useRef<object | null>(null);
  const max = useRef(rowsMax);
  max.current = follow ? rowsMax : rowsBackMax;

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
    reader.current = null;
    const change = (next: (now: Fetched) => Fetched) => {
      if (!stopped) setFetched(next);
    };
    void stream.current?.then((s) => {
      if (stopped) return;
      const subscription = s.subscribe(
        `log/${component}`,
        { tail: pageLines, ...(search ? { search } : {}) },
        {
          ...onRows((rows) => change((now) => withNew(now, rows, max.current))),
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
  const isWhole = fetched.oldestReached || fetched.refused !== null || fetched.rows.length >= rowsBackMax;
  const older = useCallback(() => {
    if (!oldest || reader.current || isWhole) return;
    const mine = {};
    reader.current = mine;
    let rows: readonly LogRow[] = [];
    const done = (change: (now: Fetched) => Fetched) => {
      // Another search began meanwhile.
      if (reader.current !== mine) return;
      reader.current = null;
      setFetched(change);
    };
    void stream.current?.then((s) =>
      s.subscribe(
        `log/${component}`,
        { tail: logLimits.tail, before: firstOf(oldest), follow: false, ...(search ? { search } : {}) },
        {
          ...onRows((more) => {
            rows = appended(rows, more);
          }),
          onEnded: () => done((now) => ({ ...now, rows: prepended(now.rows, rows), oldestReached: rows.length === 0 })),
          onError: (refused) => done((now) => ({ ...now, refused })),
        },
      ),
    );
  }, [component, search, oldest, isWhole]);

  const readAll = useCallback(
    async (take: (rows: readonly LogRow[]) => void) => {
      const s = await stream.current;
      await new Promise<void>((resolve, reject) =>
        s?.subscribe(
          `log/${component}`,
          { after: 0, follow: false, ...(search ? { search } : {}) },
          {
            ...onRows(take),
            onEnded: () => resolve(),
            onError: (refused) => {
              setFetched((now) => ({ ...now, refused }));
              reject(new Error(refused.message));
            },
          },
        ),
      );
    },
    [component, search],
  );

  return { ...fetched, state, older, readAll };
}
