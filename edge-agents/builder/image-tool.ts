import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { environmentScript, startHiding } from "../../shared/adapters/local/sandbox.ts";
import type { ImageStep } from "../../shared/domain/build/image-failure.ts";
import { stepOf } from "../../shared/domain/build/image-failure.ts";
import { type BuildContext, leftMs } from "./context.ts";
import type { OpenWorkspace } from "./environment.ts";
import { giveWay } from "./give-way.ts";
import { type Ran, runProcess } from "./process.ts";
import { registryVariables } from "./registry-settings.ts";
import { outOfTime } from "./run-step.ts";

/** buildah with a storage of the component's own, which sees nothing else of the platform. */
export interface ImageTool {
  /** More is one of buildah's commands with its arguments. Quiet: what it prints stays out of the log unless it fails. */
  run(argv: readonly string[], options?: { quiet?: boolean }): Promise<ImageRan>;
  /** How RUN instructions are kept apart, in the order to be tried. */
  readonly isolations: readonly (readonly string[])[];
}

export interface ImageRan extends Pick<Ran, "exitCode" | "ended"> {
  readonly lines: readonly string[];
  readonly step: ImageStep | null;
}

const linesKept = 40;

const isRoot = (): boolean => process.getuid?.() === 0;

const runtimeOf = (path: string): string | undefined =>
  ["runc", "crun"].find((name) =>
    [...path.split(delimiter), "/usr/sbin", "/usr/local/sbin", "/sbin"].some((folder) => existsSync(join(folder, name))),
  );

/** Docker's rule for names without a registry, where the operator made none: `node:24` is docker.io/library/node:24. */
const registries = (): string => {
  const file = "/etc/containers/registries.conf";
  const own = existsSync(file) ? readFileSync(file, "utf8") : "";
  return /^\s*unqualified-search-registries\s*=/m.test(own) ? own : `unqualified-search-registries = ["docker.io"]\n${own}`;
};

/** The operator's own settings of container tools, but none of their credentials. */
const settings = (workspace: OpenWorkspace): Record<string, string> => {
  const file = join(workspace.home, "registries.conf");
  writeFileSync(file, registries());
  const given = Object.entries(process.env).filter(([name]) =>
    /^(CONTAINERS_CONF|CONTAINERS_REGISTRIES_CONF|STORAGE_DRIVER)$/.test(name),
  );
  return { CONTAINERS_REGISTRIES_CONF: file, ...(Object.fromEntries(given) as Record<string, string>) };
};

export const imageTool = (context: BuildContext, workspace: OpenWorkspace): ImageTool => {
  const { tools, hidden, order, log } = context;
  const [program = "buildah"] = tools.programs.buildah ?? [];
  const storage = join(context.cache.root, "images");
  mkdirSync(storage, { recursive: true, mode: 0o700 });
  const work = dirname(workspace.app);
  const where = ["--root", join(storage, "root"), "--runroot", join(storage, "run")];
  const path = `${tools.path}${delimiter}/usr/sbin${delimiter}/sbin`;
  const environment = {
    ...registryVariables(process.env),
    ...settings(workspace),
    HOME: workspace.home,
    TMPDIR: workspace.temporary,
    PATH: path,
  };
  let count = 0;

  const start = async (argv: readonly string[], { quiet = false } = {}): Promise<ImageRan> => {
    const environmentFile = join(workspace.temporary, `image-environment-${++count}`);
    writeFileSync(environmentFile, environmentScript(environment), { mode: 0o600 });
    // Nothing is beside a builder that has a pod of its own; nor could it hide anything, as a pod's /proc is masked.
    const wrapped = context.pod
      ? argv
      : startHiding(
          isRoot() ? [] : [program, "unshare", "--"],
          { argv, environmentFile },
          {
            hide: hidden,
            show: [
              { path: work, writable: true },
              { path: storage, writable: true },
            ],
            readOnly: [],
            temporary: null,
            directory: workspace.app,
            tenant: order.tenant,
          },
        );
    const lines: string[] = [];
    let step: ImageStep | null = null;
    const ran = await runProcess({
      argv: wrapped,
      folder: workspace.app,
      environment: context.pod ? environment : { PATH: path, HOME: workspace.home, TMPDIR: workspace.temporary },
      timeoutMs: leftMs(context),
      signal: context.signal,
      onLine: (stream, line) => {
        step = stepOf(line) ?? step;
        lines.push(line.slice(0, 2_000));
        if (lines.length > linesKept) lines.shift();
        if (!quiet) log.write(stream, line);
      },
      onGroup: (group) => {
        context.onGroup(group);
        if (group !== null) giveWay(group);
      },
    });
    if (context.signal.aborted) throw context.signal.reason;
    if (ran.ended === "timeout") throw outOfTime(context);
    return { exitCode: ran.exitCode, ended: ran.ended, lines, step };
  };

  const runtime = runtimeOf(path);
  return {
    run: (argv, options = {}) => start([program, ...where, ...argv], options),
    // An ordinary user's containers need more of a machine (networks, control groups) than its namespaces, which hold already.
    isolations:
      isRoot() && runtime !== undefined
        ? [
            ["--isolation", "oci", "--runtime", runtime],
            ["--isolation", "chroot"],
          ]
        : [["--isolation", "chroot"]],
  };
};
