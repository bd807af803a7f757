import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { DesiredChange, type UnreadChange, type Workload } from "../../shared/contract/agent.ts";
import { desiredDigest } from "../../shared/domain/desired-digest.ts";
import { readIfThere, writeDurably } from "./disk.ts";

const Progress = z.object({ cursor: z.int(), complete: z.boolean(), epoch: z.int() });

/** Desired state as this data center knows it, on its own disk: what runs goes on without the cloud plane. */
export interface Ledger {
  readonly cursor: () => number;
  /** Whether everything that is wanted is known. Until then nothing may be taken for unwanted. */
  readonly complete: () => boolean;
  /** All, or those of these components. */
  readonly workloads: (of?: ReadonlySet<DesiredChange["component"]>) => readonly Workload[];
  /** traceparent of what asked for the newest change of a component. */
  readonly traceOf: (component: DesiredChange["component"]) => string | undefined;
  /** Components the cloud plane said are gone, until it forgets them. */
  readonly tombstones: () => readonly DesiredChange[];
  /** What a newer platform wants that is not understood here: what was known of it before goes on to hold. */
  readonly unread: () => readonly UnreadChange[];
  /** Of all that is known; see shared/domain/desired-digest.ts. */
  readonly digest: () => Promise<string>;
  /** Takes over changes in order. Older generations change nothing; the same changes twice change nothing. */
  readonly accept: (changes: readonly DesiredChange[], cursor: number, unread?: readonly UnreadChange[]) => Promise<void>;
  /** Takes over a whole listing: what is not in it is forgotten. */
  readonly replace: (changes: readonly DesiredChange[], cursor: number, unread?: readonly UnreadChange[]) => Promise<void>;
  /** Grows with every start of the agent. */
  readonly epoch: number;
}

export async function openLedger(home: string): Promise<Ledger> {
  const folder = join(home, "desired");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const changes = await readAll(folder);
  const text = await readIfThere(join(home, "progress.json"));
  const before = text === undefined ? { cursor: 0, complete: false, epoch: 0 } : Progress.parse(JSON.parse(text));
  const progress = { ...before, epoch: before.epoch + 1 };
  const keep = () => writeDurably(join(home, "progress.json"), JSON.stringify(progress));
  await keep();

  const put = async (change: DesiredChange) => {
    if ((changes.get(change.component)?.generation ?? 0) >= change.generation) return;
    await writeDurably(join(folder, `${change.component}.json`), JSON.stringify(change));
    changes.set(change.component, change);
  };
  const drop = async (component: string) => {
    await rm(join(folder, `${component}.json`), { force: true });
    changes.delete(component as DesiredChange["component"]);
  };
  /** Every start lists everything, so that this need not be kept. */
  const unread = new Map<string, UnreadChange>();
  const note = (read: readonly DesiredChange[], others: readonly UnreadChange[]) => {
    for (const { component } of read) unread.delete(component);
    for (const change of others) unread.set(change.component, change);
  };
  return {
    epoch: progress.epoch,
    cursor: () => progress.cursor,
    complete: () => progress.complete,
    workloads: (of) => (of ? [...of].map((c) => changes.get(c)) : [...changes.values()]).flatMap((c) => c?.workload ?? []),
    traceOf: (component) => changes.get(component)?.trace,
    tombstones: () => [...changes.values()].filter((c) => c.workload === null),
    unread: () => [...unread.values()],
    digest: () => desiredDigest([...changes.values()]),
    accept: async (given, cursor, others = []) => {
      for (const change of given) await put(change);
      note(given, others);
      progress.cursor = Math.max(progress.cursor, cursor);
      await keep();
    },
    replace: async (given, cursor, others = []) => {
      const listed = new Set<string>([...given, ...others].map((change) => change.component));
      unread.clear();
      note(given, others);
      for (const change of given) await put(change);
      for (const component of [...changes.keys()]) if (!listed.has(component)) await drop(component);
      Object.assign(progress, { cursor, complete: true });
      await keep();
    },
  };
}

async function readAll(folder: string): Promise<Map<DesiredChange["component"], DesiredChange>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const texts = await Promise.all(names.map((name) => readIfThere(join(folder, name))));
  const changes = texts.flatMap((text) => (text === undefined ? [] : [DesiredChange.parse(JSON.parse(text))]));
  return new Map(changes.map((change) => [change.component, change]));
}
