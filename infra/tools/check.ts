// npm run check: every rule a machine can hold us to. Prints each tool's own words only where it has any.
import { spawnSync } from "node:child_process";

const bin = (name: string) => `node_modules/.bin/${name}`;
const checks: readonly { name: string; command: readonly string[] }[] = [
  { name: "types", command: [bin("tsc"), "-p", "."] },
  { name: "types of the console", command: [bin("tsc"), "-p", "console/web"] },
  { name: "lint and format", command: [bin("biome"), "check", "--error-on-warnings"] },
  {
    name: "import laws",
    command: [bin("depcruise"), "--output-type", "err", "functions", "shared", "edge-agents", "console", "infra", "test"],
  },
  { name: "packages into CloudFormation", command: [process.execPath, "infra/tools/package.ts"] },
  { name: "unused code", command: [bin("knip"), "--no-progress"] },
];

let failures = 0;
for (const { name, command } of checks) {
  const started = performance.now();
  const [file, ...args] = command;
  const result = spawnSync(String(file), args, { encoding: "utf8" });
  const passed = result.status === 0;
  failures += passed ? 0 : 1;
  console.log(`${passed ? "ok    " : "FAILED"} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (!passed) console.log([result.stdout, result.stderr, result.error?.message].filter(Boolean).join("\n"));
}
process.exitCode = failures === 0 ? 0 : 1;
