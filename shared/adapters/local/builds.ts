import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fault } from "../../base/fault.ts";
import type { BuildOrder } from "../../contract/agent.ts";
import type { BuildRunner } from "../../ports/build-runner.ts";
import { startTimeOf } from "./cluster/proc.ts";

export interface LocalBuildsOptions {
  /** Handles, and the builders' own output. */
  readonly directory: string;
  /** What builders keep between builds; may be removed while no build runs. */
  readonly cache: string;
  /** Folders of the platform that no build may see, besides what it works in. */
  readonly hidden?: readonly string[];
  /** The builder's program; tests bring another. */
  readonly builder?: string;
  /** Keep one builder started that waits for an order: loading its code takes longer than a build whose caches hit. */
  readonly spare?: true;
}

const defaultBuilder = fileURLToPath(new URL("../../../edge-agents/builder/main.ts", import.meta.url));
/** How long a builder may take to end its step when asked to. */
const graceMs = 5_000;
const pollMs = 25;
/** A file beside a builder that the platform ended when it stopped itself. */
const stopMark = "stopped";
/** Output of builders that have ended is kept this long, for operators. */
const keptMs = 24 * 3_600_000;
const handle = /^(bld|chk)_[0-9a-z]{16}$/;

interface Known {
  readonly pid: number;
  /** With the number it names a process: numbers are used again. */
  readonly started: string;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const killGroup = (group: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
};

const folderIn = (directory: string, id: string): string => {
  if (handle.test(id)) return join(directory, id);
  throw new Fault("internal", "Something went wrong on our side.", { detail: { bug: "not a build's handle", id } });
};

/** The process of a builder that runs. */
const running = (folder: string): Known | null => {
  const file = join(folder, "process.json");
  if (!existsSync(file)) return null;
  const known = JSON.parse(readFileSync(file, "utf8")) as Known;
  return startTimeOf(known.pid) === known.started ? known : null;
};

/** The step that a killed builder left running: a process group whose leader started when the builder wrote it down. */
const endStep = (folder: string): void => {
  const file = join(folder, "group");
  if (!existsSync(file)) return;
  const [group = "", started = ""] = readFileSync(file, "utf8").split(" ");
  if (Number(group) > 1 && startTimeOf(Number(group)) === started) killGroup(Number(group), "SIGKILL");
  rmSync(file, { force: true });
};

const prune = (directory: string): void => {
  for (const name of readdirSync(directory)) {
    const folder = join(directory, name);
    const age = Date.now() - (statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (handle.test(name) && age > keptMs && running(folder) === null) rmSync(folder, { recursive: true, force: true });
  }
};

const freshFolder = (directory: string, id: string): string => {
  const folder = folderIn(directory, id);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  prune(directory);
  endStep(folder);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  return folder;
};

const environmentFor = (options: LocalBuildsOptions): NodeJS.ProcessEnv => ({
  ...process.env,
  // What is compiled once is loaded by the next.
  NODE_COMPILE_CACHE: join(options.cache, "compiled"),
  PLUVIA_BUILD_CACHE: options.cache,
  PLUVIA_BUILD_HIDDEN: (options.hidden ?? []).join(":"),
  PLUVIA_BUILDS: options.directory,
});

/** A builder that waits for its order on standard input; it ends by itself when that closes without one. */
const spawnBuilder = (options: LocalBuildsOptions): ChildProcess => {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const output = openSync(join(options.directory, "output.log"), "a", 0o600);
  const child = spawn(process.execPath, ["--no-warnings", options.builder ?? defaultBuilder], {
    cwd: options.directory,
    detached: true,
    stdio: ["pipe", output, output],
    env: environmentFor(options),
  });
  closeSync(output);
  child.unref();
  // A builder that ends before it has read its order says why in its own output.
  child.stdin?.on("error", () => child.stdin?.destroy());
  (child.stdin as Socket | null)?.unref();
  return child;
};

/** Long enough after a start not to take its processor. */
const spareAfterMs = 1_500;

/** Gives builders out; the next one is started when the last has had time to work. */
const builders = (options: LocalBuildsOptions) => {
  let waiting: ChildProcess | undefined;
  const prepare = (): void => {
    if (!options.spare || waiting) return;
    const child = spawnBuilder(options);
    waiting = child;
    const forget = (): void => {
      if (waiting === child) waiting = undefined;
    };
    child.once("exit", forget);
    child.once("error", forget);
  };
  const prepareSoon = (): void => {
    if (options.spare) setTimeout(prepare, spareAfterMs).unref();
  };
  prepareSoon();
  return {
    take: async (): Promise<ChildProcess> => {
      prepareSoon();
      const spare = waiting;
      waiting = undefined;
      if (spare?.pid !== undefined && spare.exitCode === null && spare.signalCode === null) return spare;
      const child = spawnBuilder(options);
      try {
        await once(child, "spawn");
      } catch (error) {
        throw new Fault("unavailable", "No builder could be started.", { next: "Try again in a while.", cause: error });
      }
      return child;
    },
  };
};

const launch = async (options: LocalBuildsOptions, order: BuildOrder, take: () => Promise<ChildProcess>): Promise<void> => {
  if (running(folderIn(options.directory, order.id))) return;
  const folder = freshFolder(options.directory, order.id);
  const child = await take();
  const { pid = 0 } = child;
  writeFileSync(join(folder, "process.json.new"), JSON.stringify({ pid, started: startTimeOf(pid) ?? "" } satisfies Known));
  renameSync(join(folder, "process.json.new"), join(folder, "process.json"));
  child.stdin?.end(JSON.stringify(order));
};

const untilEnded = async (folder: string): Promise<boolean> => {
  for (const until = Date.now() + graceMs; Date.now() < until; await wait(pollMs)) if (running(folder) === null) return true;
  return running(folder) === null;
};

/** Ends every builder in `directory` with its step, without a word. A mark tells the platform's next start that this was nobody's fault. */
export function endBuilders(directory: string): void {
  if (!existsSync(directory)) return;
  for (const id of readdirSync(directory).filter((name) => handle.test(name))) {
    const folder = join(directory, id);
    const builder = running(folder);
    if (builder) {
      writeFileSync(join(folder, stopMark), "");
      killGroup(builder.pid, "SIGKILL");
    }
    endStep(folder);
  }
}

/**
 * Builders as child processes in groups of their own. All that is known of one is on disk, so that the platform, ended and started
 * again, can go on observing and cancelling it.
 */
export const localBuildRunner = (options: LocalBuildsOptions): BuildRunner => {
  const starting = new Map<string, Promise<void>>();
  const { take } = builders(options);
  return {
    start: async (order) => {
      const start = starting.get(order.id) ?? launch(options, order, take).finally(() => starting.delete(order.id));
      starting.set(order.id, start);
      await start;
      return order.id;
    },
    observe: async (id) => {
      const folder = folderIn(options.directory, id);
      if (running(folder)) return "running";
      if (existsSync(join(folder, "ended"))) return "ended";
      endStep(folder);
      return existsSync(join(folder, stopMark)) ? "stopped" : "lost";
    },
    cancel: async (id) => {
      const folder = folderIn(options.directory, id);
      const builder = running(folder);
      if (builder) killGroup(builder.pid, "SIGTERM");
      if (builder && !(await untilEnded(folder))) {
        killGroup(builder.pid, "SIGKILL");
        await untilEnded(folder);
      }
      endStep(folder);
    },
  };
};
