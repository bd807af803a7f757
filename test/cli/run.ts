import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const bin = fileURLToPath(new URL("../../console/cli/pluvia.mjs", import.meta.url));
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Cli {
  /** Working folder, empty at first. */
  readonly folder: string;
  readonly config: string;
  readonly env: Readonly<Record<string, string>>;
  run(args: readonly string[], env?: Record<string, string>): Promise<Ran>;
  /** Presses Ctrl-C once it has said something that matches. */
  interrupt(args: readonly string[], when: RegExp, env?: Record<string, string>): Promise<Ran>;
  remove(): Promise<void>;
}

/** A person's machine: a home and a folder of its own, and no terminal. */
export async function newCli(url: string, key: string | undefined = "pluvia_key_test"): Promise<Cli> {
  const home = await mkdtemp(join(tmpdir(), "pluvia-cli-"));
  const folder = await mkdtemp(join(home, "work-"));
  const base = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    XDG_CONFIG_HOME: join(home, "config"),
    PLUVIA_URL: url,
    NO_COLOR: "1",
    ...(key && { PLUVIA_API_KEY: key }),
  };
  const ran = (args: readonly string[], env: Record<string, string>, interruptWhen?: RegExp): Promise<Ran> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [bin, ...args], {
        cwd: folder,
        env: { ...base, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      let interrupted = false;
      child.stdout.setEncoding("utf8").on("data", (data: string) => {
        stdout += data;
      });
      child.stderr.setEncoding("utf8").on("data", (data: string) => {
        stderr += data;
        if (!interrupted && interruptWhen?.test(stderr)) interrupted = child.kill("SIGINT");
      });
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? -1, stdout, stderr }));
    });
  return {
    folder,
    env: base,
    config: join(home, "config", "pluvia", "config.json"),
    run: (args, env = {}) => ran(args, env),
    interrupt: (args, when, env = {}) => ran(args, env, when),
    remove: () => rm(home, { recursive: true, force: true }),
  };
}
