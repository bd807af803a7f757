import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import type { ToolName, ToolVersions } from "../../shared/domain/build/build-plan.ts";
import { machinePath } from "../../shared/adapters/local/cluster/environment.ts";
import { nodeMajorMin } from "../../shared/adapters/local/cluster/node-directory.ts";
import { runProcess } from "./process.ts";

export interface Tools {
  readonly versions: ToolVersions;
  /** Folders with programs; the platform's own node first where it is what applications run with. */
  readonly path: string;
  /** What a plan's first word runs: `maven` is called mvn. */
  readonly programs: Readonly<Partial<Record<ToolName, readonly string[]>>>;
}

interface Probe {
  readonly programs: readonly string[];
  readonly args: readonly string[];
  readonly pattern: RegExp;
}

const probes: Readonly<Record<Exclude<ToolName, "pip" | "uidmap" | "containers">, Probe>> = {
  node: { programs: ["node"], args: ["--version"], pattern: /^v(\d+\.\d+\.\d+)/m },
  npm: { programs: ["npm"], args: ["--version"], pattern: /^(\d+\.\d+\.\d+)/m },
  yarn: { programs: ["yarn"], args: ["--version"], pattern: /^(\d+\.\d+\.\d+)/m },
  pnpm: { programs: ["pnpm"], args: ["--version"], pattern: /^(\d+\.\d+\.\d+)/m },
  python: { programs: ["python3", "python"], args: ["--version"], pattern: /Python (3\.\d+\.\d+)/ },
  go: { programs: ["go"], args: ["version"], pattern: /go(\d+\.\d+(?:\.\d+)?)/ },
  java: { programs: ["java"], args: ["-version"], pattern: /version "(\d+(?:\.\d+)*)/ },
  javac: { programs: ["javac"], args: ["-version"], pattern: /javac (\d+(?:\.\d+)*)/ },
  maven: { programs: ["mvn"], args: ["--version"], pattern: /Apache Maven (\d+\.\d+\.\d+)/ },
  gradle: { programs: ["gradle"], args: ["--version"], pattern: /Gradle (\d+\.\d+(?:\.\d+)?)/ },
  php: { programs: ["php"], args: ["--version"], pattern: /PHP (\d+\.\d+\.\d+)/ },
  composer: { programs: ["composer"], args: ["--version", "--no-ansi"], pattern: /(\d+\.\d+\.\d+)/ },
  ruby: { programs: ["ruby"], args: ["--version"], pattern: /ruby (\d+\.\d+\.\d+)/ },
  bundler: { programs: ["bundle"], args: ["--version"], pattern: /(\d+\.\d+\.\d+)/ },
  buildah: { programs: ["buildah"], args: ["--version"], pattern: /version (\d+\.\d+\.\d+)/ },
};

const find = (program: string, path: string): string | undefined =>
  path
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== undefined) return false;
        throw error;
      }
    });

/** Answers of programs, kept under the file they came from: starting npm takes a quarter of a second. */
type Known = Record<string, { stamp: string; version: string | null }>;
/** A shim's answer may change without the shim: it is asked again after this. */
const knownMs = 24 * 3600_000;

const stampOf = (file: string): string => {
  const real = realpathSync(file);
  const stat = statSync(real);
  return `${real}.${stat.size}.${stat.mtimeMs}.${Math.floor(Date.now() / knownMs)}`;
};

const readKnown = (file: string): Known => {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Known;
  } catch (error) {
    // Half-written by a crash: ask again.
    if (error instanceof SyntaxError) return {};
    throw error;
  }
};

/** Null from a program that ended without its version, undefined from one that did not end: it may only be slow today. */
const ask = async (probe: Probe, file: string, path: string, signal?: AbortSignal): Promise<string | null | undefined> => {
  let text = "";
  const home = process.env.HOME ?? "/";
  const ran = await runProcess({
    argv: [file, ...probe.args],
    folder: "/",
    environment: { PATH: path, HOME: home, LC_ALL: "C" },
    timeoutMs: 20_000,
    ...(signal && { signal }),
    onLine: (_, line) => {
      if (text.length < 10_000) text += `${line}\n`;
    },
  });
  if (ran.ended !== "exited") return undefined;
  return ran.exitCode === 0 ? (probe.pattern.exec(text)?.[1] ?? null) : null;
};

/** The level of the pod that is a builder's own, where that is what keeps it apart. */
export type BuilderPod = "restricted" | "baseline";

/** Which tools this machine has. The Node that builds is the one that applications run with: compiled packages fit no other.  `cache` keeps the answers between builds; `signal` ends the asking. */
export const findTools = async (
  cache: string,
  { signal, pod }: { signal?: AbortSignal; pod?: BuilderPod | undefined } = {},
): Promise<Tools> => {
  const path = machinePath(process.env.PATH ?? "");
  const file = join(cache, "tools.json");
  const known = readKnown(file);
  const versions: Partial<Record<ToolName, string>> = {};
  const programs: Partial<Record<ToolName, readonly string[]>> = {};
  let asked = false;
  const one = async (tool: keyof typeof probes, probe: Probe): Promise<void> => {
    const program = probe.programs.map((name) => find(name, path)).find((each) => each !== undefined);
    if (program === undefined) return;
    const stamp = stampOf(program);
    if (known[program]?.stamp !== stamp) {
      const version = await ask(probe, program, path, signal);
      if (version === undefined) return;
      known[program] = { stamp, version };
      asked = true;
    }
    const version = known[program]?.version;
    if (version === null || version === undefined) return;
    versions[tool] = version;
    programs[tool] = [program];
  };
  await Promise.all(Object.entries(probes).map(([tool, probe]) => one(tool as keyof typeof probes, probe)));
  if (programs.python) {
    versions.pip = "0";
    programs.pip = [...programs.python, "-m", "pip"];
  }
  // It answers no question; root needs none of it.
  if (process.getuid?.() === 0 || find("newuidmap", path) !== undefined) versions.uidmap = "0";
  if (pod !== "restricted") versions.containers = "0";
  if (asked) {
    mkdirSync(cache, { recursive: true, mode: 0o700 });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(known));
    renameSync(`${file}.${process.pid}`, file);
  }
  if (Number.parseInt(versions.node ?? "0", 10) >= nodeMajorMin) return { versions, path, programs };
  const own = { versions: { ...versions, node: process.versions.node }, programs: { ...programs, node: [process.execPath] } };
  return { ...own, path: [dirname(process.execPath), path].join(delimiter) };
};
