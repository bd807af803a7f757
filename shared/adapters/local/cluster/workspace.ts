import {
  constants,
  copyFileSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  chmodSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { Fault } from "../../../base/fault.ts";
import type { InstancePlace } from "./disk.ts";

/**
 * Directories of fetched dependencies: large, and written by no sane program. They are linked to the shared tree in place of copied, which
 * keeps a start fast (5,000 files copy in about 0.3 s; a node_modules has ten times as many).
 */
const linked = new Set(["node_modules", "vendor", ".venv", "venv", "site-packages"]);

/** Files are copied (shared blocks where the file system can): an application may write beside itself without anyone else seeing it. */
function copyInto(from: string, to: string): void {
  mkdirSync(to, { mode: 0o755 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.isDirectory()) linked.has(entry.name) ? symlinkSync(source, target) : copyInto(source, target);
    else copyFile(source, target);
  }
}
function copyFile(source: string, target: string): void {
  copyFileSync(source, target, constants.COPYFILE_FICLONE);
  chmodSync(target, lstatSync(source).mode | 0o200);
}

/**
 * Makes the instance's own directories of the slug's tree: `app` copied, what lies beside it linked, an empty home and tmp. Whole or not
 * at all; what is there already is kept. `owner`: the user its process runs as, if another than ours.
 */
export function makeWorkspace(tree: string, place: InstancePlace, owner: number | null): void {
  if (existsSync(place.work)) return;
  const app = join(tree, "app");
  if (!existsSync(app) || !lstatSync(app).isDirectory())
    throw new Fault("invalid", "The archive of this release holds no application.", {
      next: "Build the component again.",
      detail: { signal: "artifact.unavailable" },
    });
  const fresh = `${place.work}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true, mode: 0o755 });
  for (const name of readdirSync(tree))
    if (name !== "app" && name !== "home" && name !== "tmp") symlinkSync(join(tree, name), join(fresh, name));
  copyInto(app, join(fresh, "app"));
  mkdirSync(join(fresh, "home"), { mode: 0o700 });
  mkdirSync(join(fresh, "tmp"), { mode: 0o700 });
  if (owner !== null) give(fresh, owner);
  renameSync(fresh, place.work);
}

function give(path: string, owner: number): void {
  lchownSync(path, owner, owner);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) give(join(path, name), owner);
}
