import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { arch, platform } from "node:os";
import { join } from "node:path";
import type { Reason } from "../../shared/contract/release.ts";
import type { DependencyPlan } from "../../shared/domain/build/build-plan.ts";
import { type CacheInputs, whyMissed } from "../../shared/domain/build/cache-key.ts";
import type { BuildContext } from "./context.ts";
import { hashFile, type Indexed } from "./tree-index.ts";

/** What was installed for one key: `installed` as the build needs it, `packed` as it goes into the slug. */
export interface Kept {
  readonly folder: string;
  readonly hit: boolean;
  /** Why it is no hit. */
  readonly misses: readonly Reason[];
}

export interface KeptIndex {
  readonly parts: readonly {
    readonly folder: string;
    readonly prefix: string;
    readonly entries: readonly Indexed[];
    readonly identity?: string;
  }[];
}

/** Old sets are kept for branches that come and go. */
const setsKept = 2;
const cacheVersion = "3";

const inputsOf = (context: BuildContext, plan: DependencyPlan, folder: string, everything: () => string): CacheInputs => {
  const files = plan.files.map((file): [string, string] => [
    file,
    hashFile(join(folder, file), statSync(join(folder, file)).size),
  ]);
  const tools = plan.tools.map((tool): [string, string] => [tool, context.tools.versions[tool] ?? "absent"]);
  const commands = plan.steps.map((step) => step.argv.join(" ")).join("\n");
  return {
    files: Object.fromEntries(files),
    tools: Object.fromEntries(tools),
    machine: `${platform()}-${arch()} ${cacheVersion}`,
    commands,
    everything: plan.everything === null ? null : { reason: plan.everything, digest: everything() },
  };
};

const keyOf = (inputs: CacheInputs): string => createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 40);

const lastInputs = (file: string): CacheInputs | null =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as CacheInputs) : null;

/** Looks for what was installed from the same inputs before. `everything` digests the whole source, for plans that need it. */
export const findKept = (
  context: BuildContext,
  plan: DependencyPlan,
  source: { folder: string; everything: () => string },
): Kept => {
  const root = join(context.cache.root, "dependencies");
  const inputs = inputsOf(context, plan, source.folder, source.everything);
  const folder = join(root, keyOf(inputs));
  const hit = existsSync(join(folder, "complete"));
  const last = join(root, "last.json");
  const misses = hit ? [] : whyMissed(lastInputs(last), inputs);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  writeFileSync(`${last}.new`, JSON.stringify(inputs));
  renameSync(`${last}.new`, last);
  if (!hit) rmSync(folder, { recursive: true, force: true });
  return { folder, hit, misses };
};

export const readIndex = (kept: Kept): KeptIndex | null => {
  const file = join(kept.folder, "packed.json");
  if (!existsSync(file)) return null;
  const text = readFileSync(file, "utf8");
  const identity = createHash("sha256").update(text).digest("hex");
  const { parts } = JSON.parse(text) as KeptIndex;
  return { parts: parts.map((part) => ({ ...part, identity: `${identity} ${part.prefix}` })) };
};

export const keepIndex = (kept: Kept, index: KeptIndex): void => {
  writeFileSync(join(kept.folder, "packed.json.new"), JSON.stringify(index));
  renameSync(join(kept.folder, "packed.json.new"), join(kept.folder, "packed.json"));
};

/** Marks a set as whole, and lets the oldest ones go. */
export const completeKept = (context: BuildContext, kept: Kept): void => {
  writeFileSync(join(kept.folder, "complete"), "");
  const root = join(context.cache.root, "dependencies");
  const sets = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({ path: join(root, entry.name), time: statSync(join(root, entry.name)).mtimeMs }))
    .sort((a, b) => b.time - a.time);
  for (const old of sets.slice(setsKept)) if (old.path !== kept.folder) rmSync(old.path, { recursive: true, force: true });
};
