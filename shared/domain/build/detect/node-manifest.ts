import type { Finding } from "../../../contract/source.ts";
import { recordOf, textOf } from "../json.ts";

/** What a build needs of a package.json. Fields of the wrong type are as if absent. */
export interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly developmentDependencies: Readonly<Record<string, string>>;
  readonly main: string | null;
  readonly engine: string | null;
  readonly packageManager: string | null;
  readonly workspaces: readonly string[];
  readonly findings: readonly Finding[];
}

const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(recordOf(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"));

const workspacesOf = (value: unknown): readonly string[] => {
  const list = Array.isArray(value) ? value : recordOf(value).packages;
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === "string") : [];
};

/** A main that names nothing outside of the source and has no character a shell would read. */
const mainOf = (value: unknown): string | null => {
  const main = textOf(value)?.replace(/^\.\//, "");
  return main !== undefined && /^[\w@][\w@./-]*\.[cm]?[jt]s$/.test(main) && !main.split("/").includes("..") ? main : null;
};

export const manifestOf = (value: unknown): Manifest => {
  const json = recordOf(value);
  return {
    scripts: textsOf(json.scripts),
    dependencies: textsOf(json.dependencies),
    developmentDependencies: textsOf(json.devDependencies),
    main: mainOf(json.main),
    engine: textOf(recordOf(json.engines).node) ?? null,
    packageManager: textOf(json.packageManager) ?? null,
    workspaces: workspacesOf(json.workspaces),
    findings: [],
  };
};
