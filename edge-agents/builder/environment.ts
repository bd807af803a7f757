import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PlanStep } from "../../shared/domain/build/build-plan.ts";
import { type Confined, confine } from "./confine.ts";
import type { BuildContext, Workspace } from "./context.ts";
import { shareGradleSettings } from "./gradle-settings.ts";
import { placeRegistrySettings, registryVariables } from "./registry-settings.ts";

/** The build's own; a component's variable of the same name would only break it. */
const reserved = new Set(["PATH", "HOME", "TMPDIR", "PWD", "OLDPWD", "SHLVL", "LD_PRELOAD", "LD_LIBRARY_PATH"]);

/** A workspace in use: how its steps are confined is found out when the first one runs. */
export interface OpenWorkspace extends Workspace {
  confined(context: BuildContext): Promise<Confined>;
}

/** Downloads and compiled packages are shared by the components of one team, never between teams. */
export const workspaceIn = (root: string, toolCache: string): Workspace => ({
  app: join(root, "work", "app"),
  out: join(root, "work", "out"),
  home: join(root, "work", "home"),
  temporary: join(root, "work", "tmp"),
  cache: toolCache,
});

export const openWorkspace = (workspace: Workspace): OpenWorkspace => {
  for (const folder of Object.values(workspace)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  let confined: Promise<Confined> | undefined;
  const prepare = async (context: BuildContext): Promise<Confined> => {
    for (const name of placeRegistrySettings(workspace.home))
      context.log.say(`The machine's ~/${name} holds credentials, so builds do not get it: see PLUVIA_BUILD_SETTINGS.`);
    const confined = await confine(context, workspace);
    await shareGradleSettings(confined, workspace);
    return confined;
  };
  return {
    ...workspace,
    confined: (context) => {
      confined ??= prepare(context);
      return confined;
    },
  };
};

export const filled = (text: string, workspace: Workspace): string =>
  text.replaceAll("{app}", workspace.app).replaceAll("{out}", workspace.out).replaceAll("{cache}", workspace.cache);

/**
 * Java asks the list of the system's users for its home, whatever HOME says, and takes a quarter of the memory: too little in a pod, which has nothing else
 * to do. Maven's script takes the options apart at spaces.
 */
const mavenOptions = ({ pod }: BuildContext, { home }: Workspace, own: string | undefined): string =>
  [/\s/.test(home) ? "" : `-Duser.home=${home}`, pod === undefined ? "" : "-XX:MaxRAMPercentage=50", own ?? ""]
    .filter((option) => option !== "")
    .join(" ");

/** A component's own options are for when it runs, too; they must not take away whom its build trusts. */
const javaOptions = (machine: Record<string, string>, own: Record<string, string>): Record<string, string> => {
  const options = [machine["JAVA_TOOL_OPTIONS"], own["JAVA_TOOL_OPTIONS"]].filter((one) => one !== undefined);
  return options.length === 0 ? {} : { JAVA_TOOL_OPTIONS: options.join(" ") };
};

/** What one step of a build sees. */
export const stepEnvironment = (context: BuildContext, workspace: Workspace, step: PlanStep): Record<string, string> => {
  const own = Object.fromEntries(Object.entries(context.order.variables).filter(([name]) => !reserved.has(name)));
  const machine = registryVariables(process.env);
  const given: Record<string, string> = { ...machine, ...own, ...javaOptions(machine, own) };
  return {
    LANG: "C.UTF-8",
    CI: "1",
    NO_COLOR: "1",
    // Tools that write a time into what they make take this one (reproducible-builds.org).
    SOURCE_DATE_EPOCH: "946684800",
    TZ: "UTC",
    npm_config_cache: join(workspace.cache, "npm"),
    npm_config_update_notifier: "false",
    PIP_CACHE_DIR: join(workspace.cache, "pip"),
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    GOCACHE: join(workspace.cache, "go-build"),
    GOMODCACHE: join(workspace.cache, "go-modules"),
    // Where it looks by itself depends on the machine.
    COMPOSER_HOME: join(workspace.home, ".config", "composer"),
    ...given,
    MAVEN_OPTS: mavenOptions(context, workspace, given["MAVEN_OPTS"]),
    ...Object.fromEntries(Object.entries(step.variables ?? {}).map(([name, value]) => [name, filled(value, workspace)])),
    HOME: workspace.home,
    TMPDIR: workspace.temporary,
    PATH: `${join(workspace.app, "node_modules", ".bin")}:${context.tools.path}`,
  };
};
