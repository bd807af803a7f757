import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../shared/base/fault.ts";
import type { Spoken } from "../../shared/domain/log-words.ts";
import type { ObservedWorkload } from "../../shared/ports/cluster.ts";
import { type ComponentLog, componentLog, type Limits, usualLimits } from "./component-log.ts";
import { type FloodLimit, usualFlood } from "./flood.ts";
import type { Known } from "./known.ts";
import { platformLines } from "./platform.ts";
import { dropOld, listSegments } from "./segments.ts";
import type { SourceFile } from "./source-reader.ts";
import { tail } from "./tail.ts";
import { teamVolumes } from "./team-volume.ts";

export interface LogStoreOptions {
  /** Folder of all histories. One process uses it. */
  readonly home: string;
  readonly limits?: Partial<Limits>;
  readonly flood?: FloodLimit;
  readonly now?: () => number;
  readonly onError?: (error: unknown) => void;
}

type Observed = Pick<ObservedWorkload, "component" | "phase" | "serving" | "instances" | "endedLogs" | "workload">;

export interface LogStore {
  /** Everything the cluster runs: its output is read from now on, what changed since the last call is told in the log. */
  update(
    observed: readonly Pick<ObservedWorkload, "component" | "phase" | "serving" | "instances" | "endedLogs" | "workload">[],
  ): void;
  /** A line of the platform's own. */
  say(component: string, text: string, known?: Known): void;
  /** The history of a component. */
  log(component: string): ComponentLog;
  /** Called when something was appended. Returns how to stop listening. */
  onAppend(component: string, listener: () => void): () => void;
  /** Forgets a component's history, as far as the disk lets it: what is left goes when it is asked to again. */
  remove(component: string): void;
  /** Reads to the end of what was written, and closes everything. */
  stop(): void;
}

const pruneMs = 3_600_000;
const componentPattern = /^cmp_[0-9a-z]{16}$/;

const filesOf = ({ component, instances, endedLogs }: Observed): SourceFile[] => [
  ...instances.flatMap(({ id, logs }) => logs.map((each) => ({ component, instance: id, ...each }))),
  ...endedLogs.map((each) => ({ component, isOver: true as const, ...each })),
];

/** Runtime logs of all components of a data center, on disk. */
export function logStore(options: LogStoreOptions): LogStore {
  const { home, flood = usualFlood, now = Date.now } = options;
  const onError =
    options.onError ??
    ((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error), { code: "LOG_STORE" }));
  const limits = { ...usualLimits, ...options.limits };
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const logs = new Map<string, ComponentLog>();
  const listeners = new Map<string, Set<() => void>>();
  /** undefined until the first look: what runs then may have been told of before. */
  let before: Map<string, Observed> | undefined;

  const log = (component: string): ComponentLog => {
    if (!componentPattern.test(component))
      throw new Fault("invalid", `${component} is no id of a component.`, { reason: "not-found", params: { id: component } });
    const known = logs.get(component);
    if (known !== undefined) return known;
    const opened = componentLog(join(home, component), limits, () => {
      for (const listener of listeners.get(component) ?? []) listener();
    });
    logs.set(component, opened);
    return opened;
  };
  const say = (component: string, text: string, known?: Known) => log(component).say(text, now(), known);
  /** A full or broken disk costs this piece of work, not that of who asked for it. */
  const attempted = (work: () => void) => {
    try {
      work();
    } catch (error) {
      onError(error);
    }
  };
  const tell = (component: string, lines: readonly Spoken[]) =>
    attempted(() => {
      for (const { text, ...known } of lines) say(component, text, known);
    });
  const volumes = teamVolumes();
  const files = tail({ logOf: log, flood, volumes, now, onError });

  const pruneOne = (component: string) => {
    const open = logs.get(component);
    if (open !== undefined) open.prune(now());
    else dropOld(listSegments(join(home, component)), limits.ageMs, now());
  };
  const prune = () => {
    for (const component of readdirSync(home)) if (componentPattern.test(component)) attempted(() => pruneOne(component));
  };
  const timer = setInterval(() => attempted(prune), pruneMs);
  timer.unref();

  return {
    update(observed) {
      volumes.know(observed);
      files.follow(observed.flatMap(filesOf));
      if (before !== undefined)
        for (const each of observed) {
          const known = before.get(each.component);
          if (known !== each) tell(each.component, platformLines(known, each));
        }
      before = new Map(observed.map((each) => [each.component, each]));
    },
    say,
    log,
    onAppend(component, listener) {
      const set = listeners.get(component) ?? new Set();
      listeners.set(component, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0 && listeners.get(component) === set) listeners.delete(component);
      };
    },
    remove(component) {
      if (!componentPattern.test(component)) return;
      const open = logs.get(component);
      logs.delete(component);
      attempted(() => (open ? open.remove() : rmSync(join(home, component), { recursive: true, force: true })));
    },
    stop() {
      clearInterval(timer);
      files.stop();
      for (const each of logs.values()) attempted(each.close);
      logs.clear();
    },
  };
}
