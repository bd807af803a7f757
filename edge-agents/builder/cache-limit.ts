import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { startTimeOf } from "../../shared/adapters/local/cluster/proc.ts";
import { lock } from "./cache-folder.ts";
import { removeFolder } from "./remove.ts";

const exec = promisify(execFile);

/** What is kept or goes as a whole: a component's folder, or one tool's downloads of a team. */
interface Unit {
  readonly path: string;
  readonly kind: "component" | "tool";
  readonly tenant: string;
  readonly usedMs: number;
}

const folders = (path: string): readonly string[] =>
  existsSync(path)
    ? readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(path, entry.name))
    : [];

/** Tools of a team count as used when the team built last: their own times say when something was downloaded. */
const unitsIn = (cache: string): readonly Unit[] => {
  const used = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return (["components", "tools"] as const).flatMap((kind) =>
    folders(join(cache, kind)).flatMap((team) =>
      folders(team).map(
        (path): Unit => ({
          path,
          kind: kind === "components" ? "component" : "tool",
          tenant: basename(team),
          usedMs: used(kind === "components" ? path : team),
        }),
      ),
    ),
  );
};

const runningFolder = (cache: string): string => join(cache, "running");

/** Says that a build of a team runs, until `end`: its tools stay. */
export const markRunning = (cache: string, tenant: string): { end(): void } => {
  const file = join(runningFolder(cache), `${process.pid}`);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify({ tenant, started: startTimeOf(process.pid) ?? "" }));
  return { end: () => rmSync(file, { force: true }) };
};

/** Teams whose builds run now; marks of builders that were killed are removed. */
const busyTeams = (cache: string): ReadonlySet<string> => {
  const busy = new Set<string>();
  for (const name of existsSync(runningFolder(cache)) ? readdirSync(runningFolder(cache)) : []) {
    const file = join(runningFolder(cache), name);
    const text = existsSync(file) ? readFileSync(file, "utf8") : "";
    // Being written at this moment: whose it is shows at the next look.
    if (text === "") continue;
    const mark = JSON.parse(text) as { tenant: string; started: string };
    if ((startTimeOf(Number(name)) ?? "") === mark.started) busy.add(mark.tenant);
    else rmSync(file, { force: true });
  }
  return busy;
};

const bytesOf = async (paths: readonly string[]): Promise<ReadonlyMap<string, number>> => {
  if (paths.length === 0) return new Map();
  // Files come and go while it counts: it complains of those and tells the rest.
  const { stdout } = await exec("du", ["-sk", "--", ...paths], { maxBuffer: 16 * 1024 * 1024 }).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? "" }),
  );
  return new Map(
    stdout.split("\n").flatMap((line): [string, number][] => {
      const tab = line.indexOf("\t");
      return tab > 0 ? [[line.slice(tab + 1), Number(line.slice(0, tab)) * 1024]] : [];
    }),
  );
};

const moveAway = (cache: string, path: string): string => {
  const to = join(cache, "trash", `${Date.now()}-${process.pid}-${basename(path)}`);
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  renameSync(path, to);
  return to;
};

/** A component goes under its lock: a build that begins meanwhile works elsewhere. */
const removeComponent = (cache: string, unit: Unit): boolean => {
  if (!lock(join(unit.path, "lock"))) return false;
  removeFolder(moveAway(cache, unit.path));
  return true;
};

/** A build says that it runs long before it uses its tools: one that began while we looked gets them back. */
const removeTool = (cache: string, unit: Unit): boolean => {
  if (busyTeams(cache).has(unit.tenant)) return false;
  const away = moveAway(cache, unit.path);
  if (busyTeams(cache).has(unit.tenant) && !existsSync(unit.path)) {
    renameSync(away, unit.path);
    return false;
  }
  rmSync(away, { recursive: true, force: true });
  return true;
};

const onceMs = 24 * 3600_000;
/** Left by builders that were killed. */
const removeLeftovers = (cache: string): void => {
  for (const path of folders(join(cache, "trash"))) removeFolder(path);
  for (const path of folders(join(cache, "once"))) if (Date.now() - statSync(path).mtimeMs > onceMs) removeFolder(path);
};

/**
 * Removes what was not used for the longest time until the cache fits into `limitBytes`, never what a running build uses.
 * Answers what went, relative to the cache.
 */
export const limitCache = async (cache: string, limitBytes: number): Promise<readonly string[]> => {
  removeLeftovers(cache);
  const units = [...unitsIn(cache)].sort((a, b) => a.usedMs - b.usedMs);
  const sizes = await bytesOf(units.map((unit) => unit.path));
  let sum = [...sizes.values()].reduce((total, bytes) => total + bytes, 0);
  const gone: string[] = [];
  for (const unit of units) {
    if (sum <= limitBytes) break;
    const removed = unit.kind === "component" ? removeComponent(cache, unit) : removeTool(cache, unit);
    if (!removed) continue;
    sum -= sizes.get(unit.path) ?? 0;
    gone.push(unit.path.slice(cache.length + 1));
  }
  return gone;
};

const defaultBytes = 20 * 1024 ** 3;
/** Of the disk: a small one is not to be filled by caches. */
const partMax = 0.25;
const everyMs = 10 * 60_000;

const cacheBytesMax = (cache: string): number => {
  const given = Number(process.env.PLUVIA_BUILD_CACHE_BYTES ?? "");
  if (Number.isFinite(given) && given > 0) return given;
  const disk = statfsSync(cache);
  return Math.min(defaultBytes, disk.blocks * disk.bsize * partMax);
};

/** After a build that has been told of: measuring reads every folder, so it is done at most every ten minutes by one builder. */
export const limitCacheNowAndThen = async (cache: string): Promise<void> => {
  const stamp = join(cache, "limited");
  const last = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - last < everyMs && process.env.PLUVIA_BUILD_CACHE_BYTES === undefined) return;
  let locked = false;
  try {
    locked = lock(`${stamp}.lock`);
    if (!locked) return;
    writeFileSync(stamp, "");
    const gone = await limitCache(cache, cacheBytesMax(cache));
    if (gone.length > 0) console.log(`the build cache was over its limit, removed: ${gone.join(", ")}`);
  } catch (error) {
    // The build is done and told: that its caches could not be tidied is the operator's to read in the builder's output.
    console.error(error);
  } finally {
    if (locked) rmSync(`${stamp}.lock`, { force: true });
  }
};
