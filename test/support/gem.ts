import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A gem made of its files by Ruby's own tool; `name` is with the version. */
export const gemOf = (name: string, files: Readonly<Record<string, string>>): Buffer => {
  const folder = mkdtempSync(join(tmpdir(), "pluvia-gem-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const spec = Object.keys(files).find((path) => path.endsWith(".gemspec")) ?? "";
    execFileSync("gem", ["build", spec], { cwd: folder, stdio: "pipe" });
    return readFileSync(join(folder, `${name}.gem`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
