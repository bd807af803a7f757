import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Never "yesterday" or "last month": what is a day and a half ago may be of the day before that. */
export function relative(at: string, now: number, language: string): string {
  const seconds = (Date.parse(at) - now) / 1_000;
  const isNow = Math.abs(seconds) < 10;
  const format = new Intl.RelativeTimeFormat(language, { numeric: isNow ? "auto" : "always", style: "narrow" });
  for (const [unit, size] of units) if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  return format.format(isNow ? 0 : Math.trunc(seconds), "second");
}

export const exact = (at: string, language: string): string =>
  new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "long" }).format(new Date(at));

const padded = (value: number, digits = 2) => String(value).padStart(digits, "0");

/** In the reader's own time zone, to the millisecond; with the day, unless it is today. */
export function clock(at: string, now: number): string {
  const time = new Date(at);
  const day =
    time.toDateString() === new Date(now).toDateString()
      ? ""
      : `${time.getFullYear()}-${padded(time.getMonth() + 1)}-${padded(time.getDate())} `;
  const [hours, minutes, seconds] = [time.getHours(), time.getMinutes(), time.getSeconds()].map((n) => padded(n));
  return `${day}${hours}:${minutes}:${seconds}.${padded(time.getMilliseconds(), 3)}`;
}

/** Re-renders every `everyMs` while mounted. */
export function useNow(everyMs: number, active = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!active) return;
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs, active]);
  return now;
}

/** How long ago, with the exact time on hover. */
export function Ago({ at }: { readonly at: string | null }) {
  const { i18n } = useTranslation();
  const now = useNow(15_000);
  if (!at) return <span className="muted">–</span>;
  return (
    <time dateTime={at} title={exact(at, i18n.language)} className="nowrap">
      {relative(at, now, i18n.language)}
    </time>
  );
}

export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 60) return `${Math.round(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(Math.floor(seconds % 60)).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, "0")}m`;
}

/** From `from` to `to`, counting while there is no `to`. */
export function Duration({ from, to }: { readonly from: string | null; readonly to: string | null }) {
  const now = useNow(1_000, Boolean(from) && !to);
  if (!from) return null;
  return <span className="mono num muted">{durationText((to ? Date.parse(to) : now) - Date.parse(from))}</span>;
}
