import { useEffect, useState } from "react";
import type { BuildId } from "../../../shared/contract/id.ts";
import { appended, type LogRow, rowsBackMax, rowsOf, sequenceOf } from "../ui/log-lines.ts";
import { client } from "./client.ts";
import { useChannel, useConnection } from "./live.ts";

const pageLines = 5_000;
/** 2 s: how far behind a log may be while there is no connection. */
const fallbackMs = 2_000;

interface Log {
  readonly rows: readonly LogRow[];
  /** Everything stored has been read up to here; what comes now is live. null: still reading. */
  readonly after: number | null;
  readonly ended: boolean;
  readonly error: unknown;
}
const nothing: Log = { rows: [], after: null, ended: false, error: null };
const lastOf = (rows: readonly LogRow[]) => {
  const last = rows.at(-1);
  return last ? sequenceOf(last) : 0;
};

/** Reads what is stored after `rows`, page by page. */
async function read(build: BuildId, rows: readonly LogRow[], signal: AbortSignal): Promise<Log> {
  let all = rows;
  for (;;) {
    const page = await client.buildLogView({ params: { build }, query: { after: lastOf(all), limit: pageLines }, signal });
    all = appended(all, rowsOf(page.lines), rowsBackMax);
    if (page.lines.length < pageLines) return { rows: all, after: lastOf(all), ended: page.ended, error: null };
  }
}

/** The log of a build: what is stored, then what comes, then the rest after a lost connection. */
export function useBuildLog(build: BuildId): Log & { readonly retry: () => void } {
  const [log, setLog] = useState<Log>(nothing);
  const [attempt, setAttempt] = useState(0);
  const connected = useConnection() === "open";
  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` asks again
  useEffect(() => {
    const abort = new AbortController();
    setLog(nothing);
    read(build, [], abort.signal).then(setLog, (error: unknown) => {
      if (!abort.signal.aborted) setLog({ ...nothing, error });
    });
    return () => abort.abort();
  }, [build, attempt]);
  const waiting = log.after !== null && !log.ended;
  useChannel(
    waiting ? `build-log/${build}` : null,
    { after: log.after ?? 0 },
    {
      onData: (data) =>
        data.kind === "lines" && setLog((now) => ({ ...now, rows: appended(now.rows, rowsOf(data.lines), rowsBackMax) })),
      onGap: ({ from, to, reason }) =>
        setLog((now) => ({ ...now, rows: appended(now.rows, [{ kind: "gap", from, to, reason }], rowsBackMax) })),
      onEnded: () => setLog((now) => ({ ...now, ended: true })),
    },
  );
  useEffect(() => {
    if (!waiting || connected) return;
    const abort = new AbortController();
    const timer = window.setInterval(() => void read(build, log.rows, abort.signal).then(setLog, () => undefined), fallbackMs);
    return () => {
      window.clearInterval(timer);
      abort.abort();
    };
  }, [build, waiting, connected, log.rows]);
  return { ...log, retry: () => setAttempt((n) => n + 1) };
}
