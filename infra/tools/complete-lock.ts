// node infra/tools/complete-lock.ts: run after `npm install` changed package-lock.json.
// npm writes only those builds of native packages (esbuild's, swc's …) that its registry offers, but `npm ci` refuses a lock file that
// leaves any of their names out. This adds the names that are missing, each bound to its own system, so that only that system fetches it.
import { readFileSync, writeFileSync } from "node:fs";

interface Locked {
  version?: string;
  dev?: boolean;
  optionalDependencies?: Record<string, string>;
}

const systems = ["android", "darwin", "freebsd", "linux", "openharmony", "win32", "wasm32"];
const processors = ["arm64", "arm", "ia32", "loong64", "ppc64", "riscv64", "s390x", "x64"];

/** `…-linux-x64-musl` → os linux, cpu x64, libc musl; undefined for a name that says nothing of the kind. */
function boundTo(name: string): { os: string[]; cpu: string[]; libc?: string[] } | undefined {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system));
  const cpu = processors.find((processor) => words.includes(processor));
  if (!os || !cpu) return undefined;
  const libc = words.some((w) => w.startsWith("musl"))
    ? ["musl"]
    : words.some((w) => w.startsWith("gnu")) && os === "linux"
      ? ["glibc"]
      : undefined;
  return { os: [os], cpu: [cpu], ...(libc && { libc }) };
}

/** The exact version that a pinned range names. */
const exact = (range: string): string | undefined => /^[~^=]?(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(range)?.[1];

const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
const added: string[] = [];
for (const [, owner] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(owner.optionalDependencies ?? {})) {
    const place = `node_modules/${name}`;
    const bound = boundTo(name);
    const version = exact(range);
    if (lock.packages[place] || !bound || !version) continue;
    lock.packages[place] = { version, ...bound, ...(owner.dev && { dev: true }), optional: true } as Locked;
    added.push(name);
  }
}
const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync("package-lock.json", `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
console.log(added.length === 0 ? "package-lock.json was complete" : `added ${added.length}: ${added.join(", ")}`);
