import { spawn } from "node:child_process";

/**
 * Our own repositories must behave the same on every machine: no configuration of the system or the user, no prompts, no templates
 * (they could bring hooks). See git(1), "Environment variables".
 */
export const gitEnvironment = (more: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
  HOME: "/nonexistent",
  LC_ALL: "C.UTF-8",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  ...more,
});

/** Runs git to its end. @throws Error with what git said when it does not end with 0. */
export const git = (args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn("git", args, { cwd: options.cwd, env: gitEnvironment(options.env), stdio: ["ignore", "pipe", "pipe"] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(Buffer.concat(out).toString("utf8"));
      else reject(new Error(`git ${args[0]} ended with ${code}: ${Buffer.concat(err).toString("utf8").trim()}`));
    });
  });
