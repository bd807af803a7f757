import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** A mount namespace of its own, as root or as root of a user namespace. */
const namespace = process.getuid?.() === 0 ? ["--mount"] : ["--mount", "--map-root-user"];
const mounted = (script: string): string => `mount -t tmpfs -o size="$2",mode=755 tmpfs "$1" && ${script}`;

export const canMount = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), "pluvia-disk-"));
  const ran = spawnSync("unshare", [...namespace, "sh", "-c", mounted("true"), "sh", folder, "64k"]);
  rmSync(folder, { recursive: true });
  return ran.status === 0;
};

/** Runs a program of this folder with a small disk of its own mounted at the path it is given; answers the JSON it printed. */
export const onSmallDisk = async (program: string, megabytes: number): Promise<unknown> => {
  const folder = mkdtempSync(join(tmpdir(), "pluvia-disk-"));
  try {
    const script = mounted('exec "$3" --no-warnings "$4" "$1"');
    const { stdout } = await exec(
      "unshare",
      [...namespace, "sh", "-c", script, "sh", folder, `${megabytes}m`, process.execPath, join(import.meta.dirname, program)],
      { env: { ...process.env, NODE_OPTIONS: "" }, maxBuffer: 16 * 1024 * 1024 },
    );
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
