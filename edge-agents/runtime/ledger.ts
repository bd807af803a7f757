import * as z from "zod";
import { DesiredChange, type UnreadChange, type Workload } from "../../shared/contract/agent.ts";
import type { TeamLimits } from "../../shared/contract/quota.ts";
import { desiredDigest } from "../../shared/domain/desired-digest.ts";
import { type Disk, diskAt } from "./disk.ts";

const Progress = z.object({ cursor: z.int(), complete: z.boolean(), epoch: z.int() });

/** Files at once, at the start. */
const readAtOnce = 64;

/** That something is wanted of a component, or that it is gone; what is wanted is read when it is worked on. */
type Wanted = Pick<DesiredChange, "tenant" | "component" | "generation">;
type Components = ReadonlySet<DesiredChange["component"]>;

/** Desired state as this data center knows it, on its own disk: what runs goes on without the cloud plane. In memory is what it takes to compare. */
export interface Ledger {
  readonly cursor: () => number;
  /** Whether everything that is wanted is known. Until then nothing may be taken for unwanted. */
  readonly complete: () => boolean;
  /** Others may have heard more: until the next whole listing nothing is taken for unwanted. */
  readonly doubt: () => Promise<void>;
  /** All, or of these components. */
  readonly wanted: (of?: Components) => readonly Wanted[];
  /** What is wanted of a component; undefined when nothing is. */
  readonly workload: (component: DesiredChange["component"]) => Promise<Workload | undefined>;
  /** The newest that was said of what a team may have; undefined: nothing yet. */
  readonly limits: (tenant: DesiredChange["tenant"]) => TeamLimits | undefined;
  /** traceparent of what asked for the newest change of a component. */
  readonly traceOf: (component: DesiredChange["component"]) => string | undefined;
  /** Components the cloud plane said are gone, until it forgets them. */
  readonly tombstones: (of?: Components) => readonly Wanted[];
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

interface Known extends Wanted {
  readonly isGone: boolean;
  readonly trace: string | undefined;
}

const fileOf = (component: string): string => `desired/${component}.json`;

export const openLedger = (home: string): Promise<Ledger> => ledgerOn(diskAt(home));

export async function ledgerOn(disk: Disk): Promise<Ledger> {
  const known = new Map<DesiredChange["component"], Known>();
  const limits = new Map<DesiredChange["tenant"], TeamLimits>();
  const note = ({ tenant, component, generation, workload, trace }: DesiredChange) => {
    known.set(component, { tenant, component, generation, isGone: workload === null, trace });
    const told = workload?.limits;
    if (told && told.generation >= (limits.get(tenant)?.generation ?? 0)) limits.set(tenant, told);
  };
  const names = (await disk.list("desired")).filter((name) => name.endsWith(".json"));
  while (names.length > 0) {
    const read = await Promise.all(names.splice(-readAtOnce).map((name) => readChange(disk, name)));
    for (const change of read) if (change) note(change);
  }
  const text = await disk.read("progress.json");
  const before = text === undefined ? { cursor: 0, complete: false, epoch: 0 } : Progress.parse(JSON.parse(text));
  const progress = { ...before, epoch: before.epoch + 1 };
  const keep = () => disk.write("progress.json", JSON.stringify(progress));
  await keep();

  const put = async (change: DesiredChange) => {
    if ((known.get(change.component)?.generation ?? 0) >= change.generation) return;
    await disk.write(fileOf(change.component), JSON.stringify(change));
    note(change);
  };
  const drop = async (component: DesiredChange["component"]) => {
    await disk.remove(fileOf(component));
    known.delete(component);
  };
  /** Every start lists everything, so that this need not be kept. */
  const unread = new Map<string, UnreadChange>();
  const noteUnread = (read: readonly DesiredChange[], others: readonly UnreadChange[]) => {
    for (const { component } of read) unread.delete(component);
    for (const change of others) unread.set(change.component, change);
  };
  const those = (of: Components | undefined, isGone: boolean): Known[] =>
    (of ? [...of].flatMap((component) => known.get(component) ?? []) : [...known.values()]).filter((k) => k.isGone === isGone);
  return {
    epoch: progress.epoch,
    cursor: () => progress.cursor,
    complete: () => progress.complete,
    doubt: async () => {
      progress.complete = false;
      await keep();
    },
    wanted: (of) => those(of, false),
    workload: async (component) => (await readChange(disk, fileOf(component)))?.workload ?? undefined,
    limits: (tenant) => limits.get(tenant),
    traceOf: (component) => known.get(component)?.trace,
    tombstones: (of) => those(of, true),
    unread: () => [...unread.values()],
    digest: () => desiredDigest([...known.values()]),
    accept: async (given, cursor, others = []) => {
      for (const change of given) await put(change);
      noteUnread(given, others);
      if (cursor <= progress.cursor) return;
      progress.cursor = cursor;
      await keep();
    },
    replace: async (given, cursor, others = []) => {
      const listed = new Set<string>([...given, ...others].map((change) => change.component));
      unread.clear();
      noteUnread(given, others);
      for (const change of given) await put(change);
      for (const component of [...known.keys()]) if (!listed.has(component)) await drop(component);
      Object.assign(progress, { cursor, complete: true });
      await keep();
    },
  };
}

async function readChange(disk: Disk, name: string): Promise<DesiredChange | undefined> {
  const text = await disk.read(name);
  return text === undefined ? undefined : DesiredChange.parse(JSON.parse(text));
}
