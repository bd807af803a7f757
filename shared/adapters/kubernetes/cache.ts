import type { Readable } from "node:stream";
import { backoffMs } from "../../base/retry.ts";
import type { Clock } from "../../ports/clock.ts";
import { acceptOf, type Client, type Kind, type Selection, selectorOf } from "./client.ts";
import { bare } from "./kept.ts";
import { faultFor, isExpired, type KubernetesStatus } from "./fault.ts";
import type { KubernetesObject } from "./object.ts";
import { type Entry, memoryShelf, type Shelf } from "./shelf.ts";

/** All objects of one kind that are selected, as they are now (a watch lags some milliseconds behind). */
export interface Cache<T extends KubernetesObject> {
  /** Resolves when the first listing is in. */
  ready(): Promise<void>;
  items(): readonly T[];
  /** Those that the cache's `indexOf` gives this word. */
  of(word: string): readonly T[];
  get(name: string): T | undefined;
  /** Takes in what a call of ours was answered; the watch will tell it, too, some milliseconds later. An older state than is known changes nothing. */
  learn(object: T): void;
  stop(): void;
}

export interface CacheParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: () => number;
  /** Something in it has changed: this object, or (null) anything. */
  readonly changed: (object: KubernetesObject | null) => void;
  readonly onError: (error: unknown) => void;
}

export interface CacheOptions<T> {
  readonly indexOf?: (object: T) => string | undefined;
  /** What of an object is kept. */
  readonly kept?: (object: T) => T;
  readonly shelf?: Shelf<T>;
}

/** The API server ends a watch by itself after about so long; the next one goes on where it stopped. Not all at once. */
const [watchSeconds, spreadSeconds] = [2_400, 1_200];
/** One that lasted this long was well, though nothing may have happened. */
const wellMs = 10_000;
const retry = { baseMs: 200, maxMs: 30_000 };

/** Versions are numbers in every API server there is; where they are not, nothing is older than anything. */
const isOlder = (a: string | undefined, b: string | undefined): boolean => Number(a) < Number(b);

interface WatchEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: T & KubernetesStatus;
}

/** Ends as the stream does: a broken connection is an error. */
async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.setEncoding("utf8") as AsyncIterable<string>) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

/** Lists, then watches from there; resumes after a break, and lists anew when the break was too long. */
export function watchCache<T extends KubernetesObject>(
  parts: CacheParts,
  kind: Kind,
  selection: Selection = {},
  { indexOf = () => undefined, kept = bare, shelf = memoryShelf() }: CacheOptions<T> = {},
): Cache<T> {
  const { client, clock } = parts;
  const stopping = new AbortController();
  const keyOf = ({ metadata: { namespace = "", name } }: KubernetesObject): string =>
    selection.namespace === undefined ? `${namespace}/${name}` : name;
  let version: string | undefined;
  let listed = false;
  const waiting = new Set<() => void>();
  const told = (object: KubernetesObject | null): void => {
    for (const look of [...waiting]) look();
    parts.changed(object);
  };
  function entryOf(given: T): Entry<T> {
    // One text for all of a namespace.
    const metadata = selection.namespace === undefined ? given.metadata : { ...given.metadata, namespace: selection.namespace };
    const object = kept({ ...given, ...kind, metadata });
    return [keyOf(object), indexOf(object), object];
  }
  function put(given: T): T {
    const entry = entryOf(given);
    shelf.put(...entry);
    return entry[2];
  }

  async function list(): Promise<void> {
    const { items, resourceVersion } = await client.list(kind, selection, entryOf);
    if (stopping.signal.aborted) return;
    // Learned while the list was on its way.
    const later = shelf.all().filter((o) => isOlder(resourceVersion, o.metadata.resourceVersion));
    shelf.fill([...items, ...later.map(entryOf)]);
    version = resourceVersion;
    listed = true;
    told(null);
  }

  function take({ type, object }: WatchEvent<T>): void {
    if (type === "ERROR") throw faultFor(`to watch ${kind.kind}`, object.code ?? 500, object);
    if (type !== "BOOKMARK") hear(type, object);
    // Only now: what could not be taken in is heard again.
    version = object.metadata.resourceVersion;
  }
  function hear(type: "ADDED" | "MODIFIED" | "DELETED", object: T): void {
    const { resourceVersion } = object.metadata;
    const known = shelf.get(keyOf(object))?.metadata.resourceVersion;
    // What was learned of a call's answer before the watch told it.
    if (isOlder(resourceVersion, known) || (type !== "DELETED" && resourceVersion === known)) return;
    if (type === "DELETED") shelf.drop(keyOf(object));
    told(type === "DELETED" ? object : put(object));
  }

  async function watch(): Promise<void> {
    const accept = acceptOf(selection, "");
    const stream = await client.transport.stream({
      method: "GET",
      path: await client.pathOf(kind, selection),
      ...(accept !== undefined && { accept }),
      query: {
        watch: true,
        allowWatchBookmarks: true,
        timeoutSeconds: watchSeconds + Math.round(parts.random() * spreadSeconds),
        resourceVersion: version,
        labelSelector: selectorOf(selection.labels),
        fieldSelector: selection.fields,
      },
      signal: stopping.signal,
    });
    stream.on("error", () => {});
    for await (const line of linesOf(stream)) take(JSON.parse(line) as WatchEvent<T>);
  }

  /** Lists if need be, then watches until the connection ends. Answers whether that went well. */
  async function follow(): Promise<boolean> {
    try {
      if (version === undefined) await list();
      if (stopping.signal.aborted) return false;
      const [from, began] = [version, clock.now().getTime()];
      await watch();
      return version !== from || clock.now().getTime() - began >= wellMs;
    } catch (error) {
      if (isExpired(error)) version = undefined;
      else if (!stopping.signal.aborted) parts.onError(error);
      return false;
    }
  }
  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      failures = (await follow()) ? 0 : failures + 1;
      if (failures > 0) await clock.sleep(backoffMs(failures, retry, parts.random()), stopping.signal);
    }
  }
  void run();

  const until = (isTrue: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isTrue() && !stopping.signal.aborted) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });

  return {
    ready: () => until(() => listed),
    items: shelf.all,
    of: shelf.of,
    get: (name) => shelf.get(selection.namespace === undefined ? `/${name}` : name),
    learn(object) {
      // What is not there though the watch has come further was removed since.
      const known = shelf.get(keyOf(object))?.metadata.resourceVersion ?? version;
      if (isOlder(known, object.metadata.resourceVersion)) told(put(object));
    },
    stop() {
      stopping.abort();
      for (const look of [...waiting]) look();
      shelf.fill([]);
    },
  };
}
