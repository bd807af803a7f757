import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { BuildPlan, DependencyPlan } from "../../shared/domain/build/build-plan.ts";
import { inWords } from "../../shared/domain/build/cache-key.ts";
import { spoken } from "../../shared/domain/log-words.ts";
import { collectJava } from "./archive.ts";
import type { BuildContext, FetchedSource, Workspace } from "./context.ts";
import { completeKept, findKept, type Kept, keepIndex, readIndex } from "./dependencies.ts";
import { type OpenWorkspace, openWorkspace, workspaceIn } from "./environment.ts";
import { type Part, type Packed, packSlug } from "./pack.ts";
import { makePortable } from "./portable-programs.ts";
import { runStep } from "./run-step.ts";
import { sourceFolder } from "./source-folder.ts";
import { hashFile } from "./tree-index.ts";
import { appPart, dependencyPart, digestOf, serverPart, settingsPart } from "./slug.ts";
import { hasBeside, keepBeside, placeBelow, placeBeside } from "./written-beside.ts";

const exec = promisify(execFile);

/** A copy that shares blocks with the original where the file system can. */
const copy = async (from: string, to: string): Promise<void> => {
  mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
  await exec("cp", process.platform === "linux" ? ["-a", "--reflink=auto", "--", from, to] : ["-Rp", from, to]);
};

const placeOf = (workspace: Workspace, folder: string): string =>
  folder.startsWith("app/") ? placeBelow(workspace.app, folder.slice(4)) : placeBelow(workspace.out, folder);

export const freshWorkspace = async (context: BuildContext, source: string): Promise<OpenWorkspace> => {
  const workspace = workspaceIn(context.cache.root, context.cache.tools);
  rmSync(join(context.cache.root, "work"), { recursive: true, force: true });
  await copy(source, workspace.app);
  return openWorkspace(workspace);
};

interface Install {
  readonly plan: DependencyPlan;
  readonly kept: Kept;
  readonly source: string;
}

/** Installs, or puts what was kept in place. */
const install = async (context: BuildContext, workspace: OpenWorkspace, { plan, kept, source }: Install): Promise<void> => {
  if (kept.hit) {
    for (const folder of plan.folders) {
      const from = join(kept.folder, "installed", folder);
      if (existsSync(from)) await copy(from, placeOf(workspace, folder));
    }
    return placeBeside(kept.folder, workspace.app);
  }
  for (const step of plan.steps) await runStep(context, workspace, step);
  if (plan.programs !== undefined)
    await makePortable(
      await workspace.confined(context),
      plan.programs.map((pattern) => placeOf(workspace, pattern)),
    );
  for (const folder of plan.folders) {
    const at = placeOf(workspace, folder);
    if (existsSync(at)) await copy(at, join(kept.folder, "installed", folder));
  }
  const folders = plan.folders.filter((folder) => folder.startsWith("app/")).map((folder) => folder.slice(4));
  keepBeside(kept.folder, { app: workspace.app, source, folders });
};

/** A folder that only held what was moved away is none of the source's. */
const removeEmptied = (workspace: Workspace, source: string, folder: string): void => {
  if (!folder.startsWith("app/")) return;
  for (let path = dirname(folder.slice(4)); path !== "."; path = dirname(path)) {
    if (existsSync(join(source, path)) || readdirSync(join(workspace.app, path)).length > 0) return;
    rmdirSync(join(workspace.app, path));
  }
};

/** Prunes, and keeps what goes into the slug beside what the build needs. */
const dependencyParts = async (
  context: BuildContext,
  workspace: OpenWorkspace,
  plan: BuildPlan,
  { kept, source }: Pick<Install, "kept" | "source">,
): Promise<readonly Part[]> => {
  const { dependencies } = plan;
  if (dependencies === null) return [];
  for (const step of dependencies.prune) await runStep(context, workspace, step);
  const parts = dependencies.folders.flatMap((folder) => {
    const at = placeOf(workspace, folder);
    return existsSync(at) ? [dependencyPart(context, { folder: at, prefix: folder })] : [];
  });
  if (plan.steps.length > 0) return parts;
  // Nothing ran that could have changed them: later builds take the packed form without looking at the files.
  const moved = parts.map((part) => {
    const to = join(kept.folder, "packed", part.prefix);
    rmSync(to, { recursive: true, force: true });
    mkdirSync(dirname(to), { recursive: true });
    renameSync(part.folder, to);
    removeEmptied(workspace, source, part.prefix);
    return { ...part, folder: to };
  });
  rmSync(join(kept.folder, "installed"), { recursive: true, force: true });
  keepIndex(kept, { parts: moved });
  return moved;
};

interface Made {
  readonly app: string;
  readonly dependencies: readonly Part[];
  readonly workspace: Workspace | null;
  /** How the dependency cache did; null: there are none. */
  readonly cache: Pick<Kept, "hit" | "misses"> | null;
}

const say = ({ log }: BuildContext, { hit, misses }: Kept): void => {
  const { text, ...known } = hit ? spoken("log.cache-hit") : spoken("log.cache-missed", { why: inWords(misses) });
  log.say(text, known);
};

/** Steps that need a copy of the source to run in. */
const inWorkspace = async (context: BuildContext, plan: BuildPlan, source: string, kept: Kept | null): Promise<Made> => {
  const { steps } = context;
  const { dependencies } = plan;
  const workspace = await freshWorkspace(context, source);
  if (dependencies !== null && kept !== null) {
    await steps.run("install", () => install(context, workspace, { plan: dependencies, kept, source }));
    if (!kept.hit) completeKept(context, kept);
  }
  if (plan.steps.length > 0)
    await steps.run("build", async () => {
      for (const step of plan.steps) await runStep(context, workspace, step);
      const { archive } = plan.slug;
      if (archive !== null) await collectJava(archive, { ...workspace, say: context.log.say });
    });
  const parts = kept === null || plan.slug.staticServer ? [] : await dependencyParts(context, workspace, plan, { kept, source });
  return { app: workspace.app, dependencies: parts, workspace, cache: kept };
};

const make = async (context: BuildContext, plan: BuildPlan, source: string): Promise<Made> => {
  const kept =
    plan.dependencies === null
      ? null
      : findKept(context, plan.dependencies, { folder: source, everything: () => digestOf(context, source) });
  if (kept) say(context, kept);
  const index = kept?.hit && plan.steps.length === 0 ? readIndex(kept) : null;
  if (index) context.steps.skip("install", "Nothing to install: the dependencies are those of an earlier build.");
  if (index && kept && hasBeside(kept.folder)) {
    const workspace = await freshWorkspace(context, source);
    placeBeside(kept.folder, workspace.app);
    return { app: workspace.app, dependencies: index.parts, workspace, cache: kept };
  }
  if (index || (kept === null && plan.steps.length === 0))
    return { app: source, dependencies: index?.parts ?? [], workspace: null, cache: kept };
  return inWorkspace(context, plan, source, kept);
};

interface KeptSlug {
  readonly identity: string;
  readonly packed: Packed;
}

/** The last slug as it is, when it was made of the same parts. */
const packAgain = async (context: BuildContext, parts: readonly Part[], to: Parameters<typeof packSlug>[1]): Promise<Packed> => {
  const identities = parts.map((part) => part.identity);
  const identity = identities.includes(undefined) ? null : JSON.stringify(["1", ...identities]);
  const kept = context.cache.read<KeptSlug>("slug");
  const size = statSync(to.path, { throwIfNoEntry: false })?.size;
  if (kept !== null && kept.identity === identity && kept.packed.sizeBytes === size && size <= to.limitBytes) {
    const { packed } = kept;
    if (`sha256:${hashFile(to.path, size)}` === packed.digest) return { ...packed, reused: packed.members };
  }
  const packed = await packSlug(parts, to);
  if (identity !== null) context.cache.keep<KeptSlug>("slug", { identity, packed });
  return packed;
};

export interface Built {
  readonly slug: string;
  readonly packed: Packed;
  readonly cache: Made["cache"];
}

/** Carries out a plan on a source's files. @throws BuildFailure. */
export const build = async (context: BuildContext, plan: BuildPlan, fetched: FetchedSource): Promise<Built> => {
  const folder = sourceFolder(fetched.folder, context.order);
  const made = await make(context, plan, folder);
  const slug = join(context.cache.root, "slug.tar.gz");
  const packed = await context.steps.run("pack", () => {
    const parts = [
      ...made.dependencies,
      appPart(context, plan, made.app, made.workspace === null ? fetched : null),
      ...settingsPart(context, plan, { source: folder, app: made.app }),
      ...outParts(context, plan, made.workspace),
      ...(plan.slug.staticServer ? [serverPart()] : []),
    ];
    return packAgain(context, parts, {
      path: slug,
      limitBytes: context.order.limits.slugBytes,
    });
  });
  return { slug, packed, cache: made.cache };
};

/** What steps put beside the application: `bin/server`. */
const outParts = (context: BuildContext, plan: BuildPlan, workspace: Workspace | null): readonly Part[] =>
  workspace === null
    ? []
    : plan.slug.beside.flatMap((folder) =>
        existsSync(join(workspace.out, folder))
          ? [dependencyPart(context, { folder: join(workspace.out, folder), prefix: folder })]
          : [],
      );
