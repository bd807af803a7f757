import { isOurFailure, type CountName, type LevelName, type Metrics, type Work } from "../../ports/metrics.ts";

const namespace = "Pluvia";
/**
 * In all, as alarms look at them; failures by operation, too. Each pair of a metric and a dimension's value costs $0.30 a month: by each of a hundred operations, all of
 * them would cost more than everything else. Which operation is slow, or uses what, the lines tell, which are there anyway.
 */
const dimensionsOf = (name: string): string[][] => (name === "Errors" ? [["operation"], []] : [[]]);

type Unit = "Milliseconds" | "Count";
type Measured = readonly [name: string, unit: Unit, value: number];

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

export interface EmfOptions {
  readonly write: (line: string) => void;
  readonly now: () => number;
  /** Name of the function: a field to search by, as Lambda counts and times its functions itself. */
  readonly function: string | undefined;
}

/**
 * CloudWatch's embedded metric format: the line that tells of a piece of work carries its metrics. Requests are the samples of `Latency`. Tenant, request and
 * operation id are fields of the line, to search by. A schedule and a frame tell only what is wrong and what there is: they come whether anything happens or not
 * (a frame is mostly the ping of a data center at rest), and Lambda counts and times them for nothing.
 */
export function emfMetrics(options: EmfOptions): Metrics {
  const { write, now } = options;
  let counts = new Map<CountName, number>();
  let levels = new Map<LevelName, number>();
  return {
    count: (name, value) => void counts.set(name, (counts.get(name) ?? 0) + value),
    level: (name, value) => void levels.set(name, value),
    ended: (work) => {
      const measured = [...measuredOf(work), ...(isIdle(work) ? [] : positive(counts)), ...positive(levels)];
      [counts, levels] = [new Map(), new Map()];
      if (isIdle(work) && measured.length === 0) return;
      write(JSON.stringify({ ...lineOf(work, measured, now()), function: options.function }));
    },
  };
}

const positive = (values: ReadonlyMap<string, number>): Measured[] =>
  [...values].filter(([, value]) => value > 0).map(([name, value]) => [capital(name), "Count", value]);

const isIdle = ({ kind }: Work): boolean => kind === "schedule" || kind === "frame";

function measuredOf(work: Work): Measured[] {
  const { ms, failure, isCold, waitedMs } = work;
  return [
    ...(isIdle(work) ? [] : [["Latency", "Milliseconds", ms] as const]),
    ...(isOurFailure(failure) ? [["Errors", "Count", 1] as const] : []),
    ...(isCold && !isIdle(work) ? [["ColdStarts", "Count", 1] as const] : []),
    ...(waitedMs === undefined ? [] : [["QueueAge", "Milliseconds", waitedMs] as const]),
  ];
}

function lineOf({ kind, name, tenant, operationId, request, failure, ms }: Work, measured: readonly Measured[], at: number) {
  const CloudWatchMetrics = measured.map(([Name, Unit]) => ({
    Namespace: namespace,
    Dimensions: dimensionsOf(Name),
    Metrics: [{ Name, Unit }],
  }));
  return {
    _aws: { Timestamp: at, CloudWatchMetrics },
    level: "info",
    message: "work ended",
    kind,
    operation: name,
    tenant,
    operationId,
    request,
    failure,
    ms,
    ...Object.fromEntries(measured.map(([metric, , value]) => [metric, value])),
  };
}
