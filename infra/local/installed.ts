import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

type Packages = Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;

const packagesOf = (file: string): Packages => (JSON.parse(readFileSync(file, "utf8")) as { packages: Packages }).packages;

/** How many packages of package-lock.json are missing or of another version, as after a pull without `npm ci`. */
export function staleCount(project: string): number {
  const installed = path.join(project, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return 0; // another tool installed them
  const there = packagesOf(installed);
  const wanted = packagesOf(path.join(project, "package-lock.json"));
  return Object.entries(wanted).filter(
    ([name, { version, optional }]) => name !== "" && !optional && there[name]?.version !== version,
  ).length;
}
