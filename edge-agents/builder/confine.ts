import { execFile } from "node:child_process";
import { chmodSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { detectSandbox, environmentScript, type Sandbox } from "../../shared/adapters/local/sandbox.ts";
import type { BuildContext, Workspace } from "./context.ts";

const exec = promisify(execFile);

/** Starts the steps of one build so that they see their own folders and nothing else of the platform, as far as the machine allows. */
export interface Confined {
  readonly sandbox: Sandbox;
  /** What to start in place of `argv`; its environment is only what starting needs. */
  start(
    argv: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): { argv: readonly string[]; environment: Readonly<Record<string, string>> };
}

/** The folders a step may write belong to whom it runs as. */
const own = async (sandbox: Sandbox, tenant: string, work: string, cache: string): Promise<void> => {
  const user = sandbox.owner(tenant);
  if (user === null) return;
  await exec("chown", ["-R", "-h", `${user}:${user}`, "--", work]);
  if (statSync(cache).uid !== user) await exec("chown", ["-R", "-h", `${user}:${user}`, "--", cache]);
};

export const confine = async (context: BuildContext, workspace: Workspace): Promise<Confined> => {
  const { order, tools, hidden, log } = context;
  const programs = [process.execPath, ...Object.values(tools.programs).map((words) => words[0] ?? "")];
  const sandbox = detectSandbox({ hide: hidden, tools: [...new Set(programs.map((program) => dirname(program)))] });
  // In a pod of its own a build sees nothing else anyway.
  if (sandbox.kind === "none" && context.pod === undefined) log.say(`Isolation is not available: ${sandbox.capability.message}`);
  const work = dirname(workspace.app);
  await own(sandbox, order.tenant, work, workspace.cache);
  let steps = 0;
  return {
    sandbox,
    start: (argv, environment) => {
      if (sandbox.kind === "none") return { argv, environment };
      const environmentFile = join(workspace.temporary, `environment-${++steps}`);
      writeFileSync(environmentFile, environmentScript(environment), { mode: 0o600 });
      if (sandbox.owner(order.tenant) !== null) chmodSync(environmentFile, 0o644);
      const wrapped = sandbox.wrap(
        { argv, environmentFile },
        {
          hide: hidden,
          show: [
            { path: work, writable: true },
            { path: workspace.cache, writable: true },
          ],
          readOnly: [],
          temporary: workspace.temporary,
          directory: workspace.app,
          tenant: order.tenant,
        },
      );
      return { argv: wrapped, environment: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" } };
    },
  };
};
