import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

/** Every file of the agents' chart, by its path in it. */
export const chartFiles = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file).replaceAll("\\", "/"), readFileSync(file, "utf8")] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** What only people read who have the project: a function may not be large. */
const short = (name: string, text: string): string =>
  name.endsWith(".json") ? JSON.stringify(JSON.parse(text)) : text.replace(/^\{\{- \/\*.*?\*\/ -\}\}\n/s, "");

/** The text of shared/control/data-centers/chart.ts: functions are bundles, and read no files. */
export function chartSource(folder: string): string {
  const files = chartFiles(folder);
  const carried = Object.fromEntries(Object.entries(files).map(([name, text]) => [name, short(name, text)]));
  return [
    "// Generated from infra/kubernetes/pluvia-agents by infra/tools/generate-chart.ts (npm run golden). Do not edit.",
    "",
    "/** The agents' chart: its files, and its values as data. */",
    `export const chartFiles: Readonly<Record<string, string>> = ${JSON.stringify(carried, null, 2)};`,
    `export const chartValues: Readonly<Record<string, unknown>> = ${JSON.stringify(parse(files["values.yaml"] ?? ""), null, 2)};`,
    "",
  ].join("\n");
}
