import { type FSWatcher, statSync, watch } from "node:fs";
import type { ComponentLog } from "./component-log.ts";
import { bucket, type FloodLimit } from "./flood.ts";
import type { TeamVolumes } from "./team-volume.ts";
import { type SourceFile, type SourceReader, sourceReader } from "./source-reader.ts";

/** Notices of the file system may be missed (network mounts, queue overflow); this mends it. */
const pollMs = 1_000;

interface Tailed {
  file: SourceFile;
  reader: SourceReader | undefined;
  watcher: FSWatcher | undefined;
  /** No longer listed: it is read to its end and let go. */
  ending: boolean;
  /** Of an instance that has ended, and read up to this size: nothing is held open until it grows. */
  restsAt: number | undefined;
}
const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;

export interface Tail {
  /** The files to read, in place of those before. */
  follow(files: readonly SourceFile[]): void;
  /** Reads everything there is now, then lets go of all files. */
  stop(): void;
}

/** Reads output files as they grow, a turn each, and hands their lines to the logs of their components. */
export function tail(options: {
  logOf: (component: string) => ComponentLog;
  flood: FloodLimit;
  volumes: Pick<TeamVolumes, "exceeded" | "count">;
  now: () => number;
  onError: (error: unknown) => void;
}): Tail {
  const { logOf, flood, volumes, now, onError } = options;
  const tailed = new Map<string, Tailed>();
  const buckets = new Map<string, ReturnType<typeof bucket>>();
  const due = new Set<Tailed>();
  let scheduled = false;

  const bucketOf = (component: string) => {
    const known = buckets.get(component) ?? bucket(flood, now());
    buckets.set(component, known);
    return known;
  };
  const letGo = (each: Tailed) => {
    each.watcher?.close();
    each.reader?.close();
    each.watcher = each.reader = undefined;
  };
  const release = (each: Tailed) => {
    due.delete(each);
    letGo(each);
    if (tailed.get(each.file.path) === each) tailed.delete(each.file.path);
  };
  const rest = (each: Tailed) => {
    each.restsAt = each.file.isOver ? each.reader?.readAll() : undefined;
    if (each.restsAt !== undefined) letGo(each);
  };
  const open = (each: Tailed): SourceReader | undefined => {
    each.reader ??= sourceReader(each.file, logOf(each.file.component), {
      flood: bucketOf(each.file.component),
      volumes,
      onError,
    });
    if (each.reader !== undefined && each.watcher === undefined) each.watcher = watched(each);
    return each.reader;
  };
  const watched = (each: Tailed): FSWatcher =>
    watch(each.file.path, { persistent: false }, () => wake(each)).on("error", () => each.watcher?.close());

  /** One turn of one file. What fails (a full disk) is tried again at the next poll, from the same place. */
  const turn = (each: Tailed): boolean => {
    try {
      const more = open(each)?.read(now()) ?? false;
      if (!more && each.ending) {
        each.reader?.flush(now(), true);
        release(each);
      } else if (!more) rest(each);
      return more;
    } catch (error) {
      onError(error);
      if (each.ending) release(each);
      return false;
    }
  };
  const turns = () => {
    scheduled = false;
    for (const each of [...due]) {
      due.delete(each);
      if (turn(each)) due.add(each);
    }
    if (due.size > 0) schedule();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(turns);
  };
  const wake = (each: Tailed) => {
    due.add(each);
    schedule();
  };

  const begin = (file: SourceFile) => {
    const known = tailed.get(file.path);
    if (known !== undefined) {
      known.ending = false;
      if (file.isOver && !known.file.isOver) wake(known);
      known.file = file;
      return;
    }
    const each: Tailed = { file, reader: undefined, watcher: undefined, ending: false, restsAt: undefined };
    tailed.set(file.path, each);
    wake(each);
  };
  const end = (each: Tailed) => {
    if (each.ending) return;
    each.ending = true;
    wake(each);
  };

  const poll = () => {
    for (const each of tailed.values()) {
      try {
        each.reader?.flush(now(), false);
        if (each.restsAt === undefined || each.restsAt !== sizeOf(each.file.path)) wake(each);
      } catch (error) {
        onError(error);
        wake(each);
      }
    }
  };
  const timer = setInterval(poll, pollMs);

  return {
    follow(files) {
      const wanted = new Set(files.map((file) => file.path));
      for (const file of files) begin(file);
      for (const each of tailed.values()) if (!wanted.has(each.file.path)) end(each);
      const components = new Set(files.map((file) => file.component));
      for (const component of buckets.keys()) if (!components.has(component)) buckets.delete(component);
    },
    stop() {
      clearInterval(timer);
      for (const each of [...tailed.values()]) {
        while (turn(each));
        release(each);
      }
    },
  };
}
