import { access, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git } from "../../../shared/adapters/local/git.ts";

/** Fixed, so that the same demo is the same commit on every machine. */
const author = { name: "Pluvia", email: "demos@pluvia.invalid", at: "2026-01-01T00:00:00Z" };
const identity = {
  GIT_AUTHOR_NAME: author.name,
  GIT_AUTHOR_EMAIL: author.email,
  GIT_AUTHOR_DATE: author.at,
  GIT_COMMITTER_NAME: author.name,
  GIT_COMMITTER_EMAIL: author.email,
  GIT_COMMITTER_DATE: author.at,
};

export const demoName = /^[a-z][a-z0-9-]{0,39}$/;

/** Makes a bare repository of one folder: one commit on `main`. The same folder makes the same commit. */
export async function makeDemo(folder: string, repository: string): Promise<void> {
  await mkdir(repository, { recursive: true });
  await git(["init", "--quiet", "--bare", "--template=", "--initial-branch=main", repository]);
  const scratch = await mkdtemp(join(tmpdir(), "pluvia-demo-"));
  const env = { GIT_DIR: repository, GIT_WORK_TREE: folder, GIT_INDEX_FILE: join(scratch, "index"), ...identity };
  try {
    await git(["-c", "core.autocrlf=false", "-c", "core.fileMode=true", "add", "--all", "."], { cwd: folder, env });
    const tree = (await git(["write-tree"], { env })).trim();
    const commit = (await git(["commit-tree", "-m", "Demo", tree], { env })).trim();
    await git(["update-ref", "refs/heads/main", commit], { env });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Makes those that ship with the platform; answers their names. None when the folder is not there. */
export async function makeDemos(source: string, target: string): Promise<readonly string[]> {
  const isThere = await access(source).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  const folders = await readdir(source, { withFileTypes: true });
  const names = folders.filter((f) => f.isDirectory() && demoName.test(f.name)).map((f) => f.name);
  await Promise.all(names.map((name) => makeDemo(join(source, name), join(target, `${name}.git`))));
  return names;
}
