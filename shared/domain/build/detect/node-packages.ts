import type { Finding } from "../../../contract/source.ts";
import type { DependencyPlan, PlanStep, ToolName } from "../build-plan.ts";
import { findFiles, type SourceTree } from "../source-tree.ts";
import type { Manifest } from "./node-manifest.ts";

export interface PackageManager {
  readonly name: Extract<ToolName, "npm" | "yarn" | "pnpm">;
  readonly range: string | null;
  readonly lock: string | null;
  readonly findings: readonly Finding[];
}

const locks = [
  ["pnpm-lock.yaml", "pnpm"],
  ["yarn.lock", "yarn"],
  ["package-lock.json", "npm"],
  ["npm-shrinkwrap.json", "npm"],
] as const;

const hasDependencies = (manifest: Manifest): boolean =>
  Object.keys(manifest.dependencies).length > 0 ||
  Object.keys(manifest.developmentDependencies).length > 0 ||
  manifest.workspaces.length > 0;

const lockFindings = (manifest: Manifest, present: readonly string[], lock: string | null): readonly Finding[] => {
  if (lock === null && hasDependencies(manifest))
    return [
      {
        level: "warning",
        code: "lockfile.missing",
        message: "There is no lock file: every build may install other versions.",
        advice: "Run `npm install` and commit package-lock.json.",
      },
    ];
  if (present.length > 1)
    return [
      {
        level: "warning",
        code: "lockfile.several",
        message: `There are several lock files (${present.join(", ")}); ${lock} is used.`,
        advice: "Remove those of the package managers you do not use.",
        params: { present: present.join(", "), used: lock ?? "" },
      },
    ];
  return [];
};

/** The one that packageManager names, else the one whose lock file is there, else npm. */
export const managerOf = (manifest: Manifest, tree: SourceTree): PackageManager => {
  const named = /^(npm|yarn|pnpm)@(\d[\w.-]*)/.exec(manifest.packageManager ?? "");
  const present = locks.filter(([file]) => tree.has(file));
  const name = (named?.[1] as PackageManager["name"] | undefined) ?? present[0]?.[1] ?? "npm";
  const lock = present.find(([, manager]) => manager === name)?.[0] ?? null;
  const major = named?.[2]?.split(".")[0];
  return {
    name,
    range: major === undefined || name === "npm" ? null : `^${major}`,
    lock,
    findings: lockFindings(
      manifest,
      present.map(([file]) => file),
      lock,
    ),
  };
};

const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"] as const;

const installSteps = (manager: PackageManager, development: boolean): readonly PlanStep[] => {
  const name = "install";
  switch (manager.name) {
    case "npm":
      return [
        {
          name,
          argv: [
            "npm",
            manager.lock === null ? "install" : "ci",
            ...(manager.lock === null ? ["--no-package-lock"] : []),
            development ? "--include=dev" : "--omit=dev",
            ...quiet,
          ],
        },
      ];
    case "pnpm":
      return [
        {
          name,
          argv: ["pnpm", "install", ...(manager.lock === null ? [] : ["--frozen-lockfile"]), ...(development ? [] : ["--prod"])],
          variables: { CI: "true" },
        },
      ];
    case "yarn":
      return [
        {
          name,
          argv: [
            "yarn",
            "install",
            ...(manager.lock === null ? [] : ["--frozen-lockfile"]),
            "--non-interactive",
            ...(development ? ["--production=false"] : ["--production=true"]),
          ],
        },
      ];
  }
};

/** Taking out what only the build needed. yarn 1 prunes by installing again without scripts. */
export const prunePlan = (manager: PackageManager["name"]): readonly PlanStep[] => {
  const name = "prune";
  switch (manager) {
    case "npm":
      return [{ name, argv: ["npm", "prune", "--omit=dev", "--ignore-scripts", ...quiet] }];
    case "pnpm":
      return [{ name, argv: ["pnpm", "prune", "--prod", "--ignore-scripts"], variables: { CI: "true" } }];
    case "yarn":
      return [
        {
          name,
          argv: [
            "yarn",
            "install",
            "--production=true",
            "--ignore-scripts",
            "--offline",
            "--non-interactive",
            "--frozen-lockfile",
          ],
        },
      ];
  }
};

const installHooks = ["preinstall", "install", "postinstall", "prepare", "prepublish"] as const;

const localDependency = (manifest: Manifest): string | undefined =>
  Object.entries({ ...manifest.dependencies, ...manifest.developmentDependencies }).find(([, range]) =>
    /^(file|link|portal):/.test(range),
  )?.[0];

/** null: there is nothing to install. */
export const installPlan = (
  manifest: Manifest,
  tree: SourceTree,
  wanted: { manager: PackageManager; development: boolean },
): DependencyPlan | null => {
  const runtimeOnly = Object.keys(manifest.dependencies).length > 0 || manifest.workspaces.length > 0;
  if (wanted.development ? !hasDependencies(manifest) : !runtimeOnly) return null;
  const hook = installHooks.find((name) => manifest.scripts[name] !== undefined);
  const local = localDependency(manifest);
  const everything = hook
    ? ({ code: "hook", name: hook } as const)
    : local
      ? ({ code: "folder", name: local } as const)
      : manifest.workspaces.length > 0
        ? ({ code: "workspaces", name: "package.json" } as const)
        : null;
  const manifests = findFiles(tree, {
    depth: 0,
    accept: (name) =>
      ["package.json", ".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml", wanted.manager.lock].includes(name),
  });
  return {
    files: manifests,
    everything,
    tools: ["node", wanted.manager.name],
    steps: installSteps(wanted.manager, wanted.development),
    folders: ["app/node_modules"],
    prune: [],
  };
};
