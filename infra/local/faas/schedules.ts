import { randomUUID } from "node:crypto";
import { Cron } from "croner";
import { Fault } from "../../../shared/base/fault.ts";
import type { Log } from "../../../shared/control/core.ts";
import type { LocalFunction } from "./invoke.ts";

interface Schedule {
  stop(): Promise<void>;
}

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/**
 * Runs a function at `rate(5 minutes)`, the first time at once, or at `cron(0 3 * * ? *)` in UTC. A run that is still going when the next is due
 * makes that one be left out: a sweep never overlaps itself.
 */
export function schedule({ expression, target, log }: { expression: string; target: LocalFunction; log: Log }): Schedule {
  let running: Promise<void> | undefined;
  const run = () => {
    running ??= invoke().finally(() => {
      running = undefined;
    });
  };
  const invoke = async () => {
    const id = randomUUID();
    try {
      await target.invoke({
        id,
        event: {
          version: "0",
          id,
          "detail-type": "Scheduled Event",
          source: "aws.events",
          time: new Date().toISOString(),
          region: "local",
          account: "000000000000",
          resources: [],
          detail: {},
        },
      });
    } catch (error) {
      log.error({ function: target.name, error }, "a scheduled function failed; it runs again at its next time");
    }
  };
  const stopTimer = startTimer(expression, run);
  return {
    stop: async () => {
      stopTimer();
      await running;
    },
  };
}

function startTimer(expression: string, run: () => void): () => void {
  const everyMs = rateMs(expression);
  if (everyMs === undefined) {
    const cron = new Cron(cronPattern(expression), { timezone: "UTC" }, run);
    return () => cron.stop();
  }
  const timer = setInterval(run, everyMs);
  setImmediate(run);
  return () => clearInterval(timer);
}

/** undefined when it is no rate. */
export function rateMs(expression: string): number | undefined {
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  return unit === undefined ? undefined : Number(count) * unitMs[unit as keyof typeof unitMs];
}

/** AWS writes minutes, hours, day of month, month, day of week (1 is Sunday), year; `?` is any. @throws Fault `invalid`. */
export function cronPattern(expression: string): string {
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (fields?.length !== 6)
    throw new Fault("invalid", `${expression} is not a schedule.`, { next: "Write rate(5 minutes) or cron(0 3 * * ? *)." });
  const [minute, hour, day, month, weekday = "*", year] = fields.map((field) => field.replace("?", "*"));
  const fromSunday0 = weekday.replace(/(^|[,-])([1-7])/g, (_, before: string, digit: string) => `${before}${Number(digit) - 1}`);
  return `0 ${minute} ${hour} ${day} ${month} ${fromSunday0} ${year}`;
}
