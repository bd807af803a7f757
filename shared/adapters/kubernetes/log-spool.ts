import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ClusterInstance, ObservedWorkload } from "../../ports/cluster.ts";
import { type FollowParts, followContainer, type Follower } from "./log-follow.ts";
import type { Pod } from "./shapes.ts";
import { spoolFile } from "./spool-file.ts";
import { labels } from "./render/names.ts";

export interface LogSpool {
  /** The pods of a component as they are now, in place of those before. */
  follow(component: string, pods: readonly Pod[]): void;
  /** Components of which there is output. */
  components(): readonly string[];
  filesOf(pod: Pod): ClusterInstance["logs"];
  /** Output of pods of the component that are not among these any more. */
  endedOf(component: string, pods: readonly Pod[]): ObservedWorkload["endedLogs"];
  stop(): void;
}

/** How long the output of an instance is kept after its end. */
const endedMs = 15 * 60_000;
const pruneMs = 60_000;
const suffix = ".out";

interface Spooled {
  readonly path: string;
  readonly component: string;
  readonly instance: string;
  /** Of its pod. */
  readonly uid: string;
  follower: Follower | null;
  endedAt: number | null;
}

const startedIn = (pod: Pod): string[] =>
  [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    .filter((c) => c.state?.running ?? c.state?.terminated ?? c.lastState?.terminated)
    .map((c) => c.name);

/** The output of all instances in files below `home`: `<component>/<pod>~<uid>~<container>.out`. */
export function logSpool(parts: FollowParts & { readonly home: string }): LogSpool {
  const { clock, home } = parts;
  /** By component, then by path. */
  const spooled = new Map<string, Map<string, Spooled>>();
  const of = (component: string): Map<string, Spooled> => {
    const known = spooled.get(component) ?? new Map<string, Spooled>();
    spooled.set(component, known);
    return known;
  };
  const all = (): Spooled[] => [...spooled.values()].flatMap((each) => [...each.values()]);
  const pathFor = (component: string, pod: Pod, container: string): string =>
    join(home, component, `${pod.metadata.name}~${pod.metadata.uid}~${container}${suffix}`);

  /** What an earlier life of ours left: read on when its pod is there, else kept until its time is over. */
  function adopt(): void {
    for (const component of existsSync(home) ? readdirSync(home) : [])
      for (const file of readdirSync(join(home, component)).filter((name) => name.endsWith(suffix))) {
        const [instance = "", uid = ""] = file.split("~");
        const path = join(home, component, file);
        of(component).set(path, { path, component, instance, uid, follower: null, endedAt: null });
      }
  }
  function begin(component: string, pod: Pod, container: string): void {
    const path = pathFor(component, pod, container);
    const known = of(component).get(path);
    known?.follower?.update(pod);
    if (known?.follower) return;
    const file = spoolFile(path, { component, instance: pod.metadata.name, container });
    const each: Spooled = {
      path,
      component,
      instance: pod.metadata.name,
      uid: pod.metadata.uid ?? "",
      follower: followContainer(parts, pod, container, file),
      endedAt: null,
    };
    of(component).set(path, each);
    each.follower?.over.catch(parts.onError).finally(() => {
      each.follower = null;
    });
  }
  function prune(component: string): void {
    const now = clock.now().getTime();
    for (const each of [...(spooled.get(component)?.values() ?? [])]) {
      if (each.endedAt === null || each.follower || now - each.endedAt < endedMs) continue;
      rmSync(each.path, { force: true });
      rmSync(`${each.path}.json`, { force: true });
      of(component).delete(each.path);
    }
    if (spooled.get(component)?.size !== 0) return;
    spooled.delete(component);
    rmSync(join(home, component), { recursive: true, force: true });
  }
  const stopping = new AbortController();
  /** Of a component that is gone nothing is ever heard again. */
  async function pruneNowAndThen(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        for (const component of [...spooled.keys()]) prune(component);
      } catch (error) {
        parts.onError(error);
      }
      await clock.sleep(pruneMs, stopping.signal);
    }
  }
  adopt();
  void pruneNowAndThen();

  return {
    follow(component, pods) {
      const there = new Set(pods.map((pod) => pod.metadata.uid));
      for (const pod of pods) for (const container of startedIn(pod)) begin(component, pod, container);
      for (const each of spooled.get(component)?.values() ?? []) {
        if (there.has(each.uid) || each.endedAt !== null) continue;
        each.endedAt = clock.now().getTime();
        each.follower?.update(null);
      }
    },
    components: () => [...spooled.keys()],
    filesOf: (pod) =>
      [...(spooled.get(pod.metadata.labels?.[labels.component] ?? "")?.values() ?? [])]
        .filter((s) => s.uid === pod.metadata.uid)
        .map(({ path }) => ({ stream: "out", path })),
    endedOf(component, pods) {
      const there = new Set(pods.map((pod) => pod.metadata.uid));
      return [...(spooled.get(component)?.values() ?? [])]
        .filter((s) => !there.has(s.uid))
        .map(({ instance, path }) => ({ instance, stream: "out" as const, path }));
    },
    stop() {
      stopping.abort();
      for (const each of all()) each.follower?.stop();
    },
  };
}
