import { execFileSync } from "node:child_process";
import { appendFileSync, closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LogStore, logStore } from "../../edge-agents/logs/log-store.ts";
import { cursorAfter } from "../../edge-agents/logs/read.ts";
import { newestMatches } from "../../edge-agents/logs/search.ts";
import { componentId } from "../edge/workloads.ts";

const component = componentId(1);
const megabytes = Number(process.env.PLUVIA_LOG_MB ?? 300);
const mega = 1_000_000;

const line = (n: number) =>
  `${String(n).padStart(10, "0")} GET /products/${n % 977} 200 ${(n * 7) % 90}ms user=${(n * 31) % 5_000} "Mozilla/5.0 (X11; Linux x86_64)"\n`;

function writeLines(path: string, bytes: number): number {
  const file = openSync(path, "a");
  let written = 0;
  let count = 0;
  while (written < bytes) written += writeSync(file, Array.from({ length: 5_000 }, () => line(++count)).join(""));
  closeSync(file);
  return count;
}

const observed = (path: string) =>
  [
    {
      component,
      phase: "settled",
      serving: null,
      endedLogs: [],
      workload: { tenant: "tnt_a" },
      instances: [{ id: "i1", logs: [{ stream: "out", path }] }],
    },
  ] as unknown as Parameters<LogStore["update"]>[0];
const until = async (done: () => boolean) => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 1));
};
const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))] ?? 0;

/** G12: bytes stored for each second of CPU, and how long a line takes from the file to a reader. G13: search, against grep over the same text. */
export async function logsBench(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), "bench-logs-"));
  const logs = logStore({
    home: join(home, "logs"),
    limits: { bytesMax: 4_000 * mega },
    flood: { bytesPerSecond: 0, burstBytes: 10_000 * mega },
  });
  try {
    const path = join(home, "out");
    const count = writeLines(path, megabytes * mega);
    const size = statSync(path).size;
    const cpu = process.cpuUsage();
    logs.update(observed(path));
    await until(() => logs.log(component).last() === count);
    const { user, system } = process.cpuUsage(cpu);
    console.log(
      `G12 stored ${(size / mega).toFixed(0)} MB, ${count} lines: ${(size / ((user + system) / 1_000_000) / mega).toFixed(0)} MB per second of CPU`,
    );

    const cursor = cursorAfter(logs.log(component), count);
    const delays: number[] = [];
    let begun = 0;
    logs.onAppend(component, () => {
      for (const _ of cursor.next()) delays.push(performance.now() - begun);
    });
    for (let n = 0; n < 300; n++) {
      begun = performance.now();
      appendFileSync(path, "one more\n");
      await until(() => delays.length > n);
    }
    console.log(
      `G12 from file to reader: p50 ${quantile(delays, 0.5).toFixed(1)} ms, p99 ${quantile(delays, 0.99).toFixed(1)} ms`,
    );

    const folder = join(home, "logs", component);
    const segments = readdirSync(folder)
      .filter((name) => name.endsWith(".log"))
      .sort()
      .map((name) => join(folder, name));
    for (const [what, search] of [
      ["of the newest segment", "one more"],
      ["of the oldest segment", "0000000017 get"],
      ["of none", "no such line"],
    ] as const) {
      const times = { ours: Infinity, grep: Infinity };
      for (let round = 0; round < 3; round++) {
        const start = performance.now();
        await newestMatches(logs.log(component), { search, before: Number.MAX_SAFE_INTEGER, limit: 1, cancelled: () => false });
        times.ours = Math.min(times.ours, performance.now() - start);
        const grep = performance.now();
        try {
          execFileSync("sh", ["-c", 'search=$1; shift; grep -i -F -h -- "$search" "$@" | tail -n 1', "sh", search, ...segments]);
        } finally {
          times.grep = Math.min(times.grep, performance.now() - grep);
        }
      }
      console.log(
        `G13 newest match ${what}: ${times.ours.toFixed(0)} ms, grep -i ${times.grep.toFixed(0)} ms: ${(times.grep / times.ours).toFixed(1)}×`,
      );
    }
  } finally {
    logs.stop();
    rmSync(home, { recursive: true });
  }
}

if (import.meta.main) await logsBench();
