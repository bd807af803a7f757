import { isOurFailure, type CountName, type LevelName, type Metrics } from "../../ports/metrics.ts";

/** Upper bounds, s: from what memory answers to what a build's start takes. */
const bounds = [0.005, 0.02, 0.1, 0.5, 2, 10, 60];

const help = {
  pluvia_work_seconds: ["histogram", "How long requests, commands, frames, schedules and events took."],
  pluvia_failures_total: ["counter", "Work that ended with a fault, by its code; ours are internal and unavailable."],
  pluvia_errors_total: ["counter", "Work that failed by the platform's own fault."],
  pluvia_queue_age_seconds: ["histogram", "How long commands had waited when they were handled."],
  pluvia_cold_starts_total: ["counter", "First pieces of work of a process."],
  pluvia_read_units_total: ["counter", "Read units of the store, where it counts them."],
  pluvia_write_units_total: ["counter", "Write units of the store, where it counts them."],
  pluvia_builds_failed_total: ["counter", "Builds that failed."],
  pluvia_builds_waiting: ["gauge", "Builds that wait for a slot or a builder."],
  pluvia_builds_running: ["gauge", "Builds under way."],
} as const;
type Family = keyof typeof help;

const familyOf: Readonly<Record<CountName | LevelName, Family>> = {
  readUnits: "pluvia_read_units_total",
  writeUnits: "pluvia_write_units_total",
  buildsFailed: "pluvia_builds_failed_total",
  buildsWaiting: "pluvia_builds_waiting",
  buildsRunning: "pluvia_builds_running",
};

export interface PrometheusMetrics extends Metrics {
  /** In Prometheus's text format, version 0.0.4. */
  text(): string;
}

/** Kept in memory until somebody asks: the same measures as on the hosted plane, of one process. Names of operations are few, so labels are. */
export function prometheusMetrics(): PrometheusMetrics {
  const values = new Map<Family, Map<string, number>>();
  const add = (family: Family, value: number, sample = "") => {
    const samples = values.get(family) ?? new Map<string, number>();
    values.set(family, samples.set(sample, (samples.get(sample) ?? 0) + value));
  };
  const observe = (family: Family, labels: string, seconds: number) => {
    for (const bound of bounds) add(family, seconds <= bound ? 1 : 0, `_bucket{${labels},le="${bound}"}`);
    add(family, 1, `_bucket{${labels},le="+Inf"}`);
    add(family, seconds, `_sum{${labels}}`);
    add(family, 1, `_count{${labels}}`);
  };
  return {
    count: (name, value) => add(familyOf[name], value),
    level: (name, value) => void values.set(familyOf[name], new Map([["", value]])),
    ended: ({ kind, name, ms, failure, isCold, waitedMs }) => {
      const labels = `kind="${kind}",operation="${name}"`;
      observe("pluvia_work_seconds", labels, ms / 1_000);
      if (waitedMs !== undefined) observe("pluvia_queue_age_seconds", labels, waitedMs / 1_000);
      if (failure !== undefined) add("pluvia_failures_total", 1, `{${labels},code="${failure}"}`);
      if (isOurFailure(failure)) add("pluvia_errors_total", 1, `{${labels}}`);
      if (isCold) add("pluvia_cold_starts_total", 1);
    },
    text: () =>
      [...values]
        .flatMap(([family, samples]) => [
          `# HELP ${family} ${help[family][1]}`,
          `# TYPE ${family} ${help[family][0]}`,
          ...[...samples].map(([sample, value]) => `${family}${sample} ${value}`),
          "",
        ])
        .join("\n"),
  };
}
