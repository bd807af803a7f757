import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const project = resolve(import.meta.dirname, "../..");
const named = "shared/contract/version.ts";

/** A copy of this tree in `folder`, empty until now, that calls itself `version`. */
export function laterVersion(folder: string, version: string): string {
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: project, encoding: "utf8" }).split("\0").filter(Boolean);
  for (const file of files) cpSync(join(project, file), join(folder, file), { recursive: true });
  for (const file of [named, "package.json"])
    writeFileSync(
      join(folder, file),
      readFileSync(join(project, file), "utf8").replace(/(version"?(?: =|:) )"[^"]+"/, `$1"${version}"`),
    );
  symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
  return folder;
}
