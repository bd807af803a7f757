import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PlanStep } from "../../shared/domain/build/build-plan.ts";
import { type Confined, confine } from "./confine.ts";
import type { BuildContext, Workspace } from "./context.ts";

/** How this machine reaches registries is the operator's to say; nothing else of the platform's environment gets into a build. */
const passed =
  /^(https?_proxy|no_proxy|all_proxy|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|npm_config_registry|PIP_INDEX_URL|PIP_EXTRA_INDEX_URL|PIP_FIND_LINKS|PIP_CERT|PIP_DEFAULT_TIMEOUT|REQUESTS_CA_BUNDLE|GOPROXY|GOSUMDB|GONOSUMDB|GOPRIVATE|GOTOOLCHAIN|MAVEN_OPTS|JAVA_HOME|GRADLE_OPTS|BUNDLE_MIRROR__.*)$/i;
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
  return {
    ...workspace,
    confined: (context) => {
      confined ??= confine(context, workspace);
      return confined;
    },
  };
};

export const filled = (text: string, workspace: Workspace): string =>
  text.replaceAll("{app}", workspace.app).replaceAll("{out}", workspace.out).replaceAll("{cache}", workspace.cache);

const operators = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (passed.test(name) && value !== undefined ? [[name, value]] : [])),
  );

/** What one step of a build sees. */
export const stepEnvironment = (context: BuildContext, workspace: Workspace, step: PlanStep): Record<string, string> => {
  const own = Object.entries(context.order.variables).filter(([name]) => !reserved.has(name));
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
    ...operators(),
    ...Object.fromEntries(own),
    ...Object.fromEntries(Object.entries(step.variables ?? {}).map(([name, value]) => [name, filled(value, workspace)])),
    HOME: workspace.home,
    TMPDIR: workspace.temporary,
    PATH: `${join(workspace.app, "node_modules", ".bin")}:${context.tools.path}`,
  };
};
