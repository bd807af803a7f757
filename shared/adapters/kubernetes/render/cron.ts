const sunday = 7;

/** `5-7` as the days it means; `*` and names stay. */
function days(item: string): string {
  const found = /^(\d)(?:-(\d))?(?:\/(\d+))?$/.exec(item);
  if (!found) return item;
  const first = Number(found[1]);
  const last = found[2] === undefined ? first : Number(found[2]);
  if (last !== sunday) return item;
  const step = Number(found[3] ?? 1) || 1;
  const all = Array.from({ length: last - first + 1 }, (_, i) => first + i).filter((d) => (d - first) % step === 0);
  return [...new Set(all.map((d) => d % sunday))].join(",");
}

/** A schedule of POSIX's crontab in the words of Kubernetes, which does not know Sunday as 7. */
export function kubernetesCron(cron: string): string {
  const fields = cron.split(" ");
  return [...fields.slice(0, 4), ...fields.slice(4).map((field) => field.split(",").map(days).join(","))].join(" ");
}
