import * as z from "zod";
import { DesiredChange, type UnreadChange, Workload } from "../../shared/contract/agent.ts";
import type { TeamLimits } from "../../shared/contract/quota.ts";
import { desiredDigest } from "../../shared/domain/desired-digest.ts";
import { systemClock } from "../../shared/adapters/local/clock.ts";
import { firstNumber } from "../../shared/domain/first-number.ts";
import type { Clock } from "../../shared/ports/clock.ts";
import { type Disk, diskAt, isBroken, setAside, type Text } from "./disk.ts";
import { log } from "./log.ts";

/** What is read at the start, of thousands; the rest when it is worked on. */
const Kept = DesiredChange.omit({ sequence: true }).extend({ workload: Workload.pick({ limits: true }).nullable() });
const Progress = z.object({ cursor: z.int(), complete: z.boolean(), epoch: z.int() });

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
  /** Everything that is wanted was accepted: it is about these, and what is known of others is forgotten. */
  readonly keepOnly: (listed: ReadonlySet<string>, cursor: number) => Promise<void>;
  /** Grows with every start of the agent, though what was kept is lost. */
  readonly epoch: number;
}

interface Known extends Wanted {
  readonly isGone: boolean;
  readonly trace: string | undefined;
}

const desired = "desired/";
const nameOf = (component: string): string => `${desired}${component}`;

export type OpenLedger = Ledger & { close(): void };
interface Around {
  readonly clock: Pick<Clock, "now">;
  readonly log: (fields: object, message: string) => void;
}

/** One whose file is broken begins anew: all that was in it is told by the platform, and until then nothing is taken for unwanted. */
export async function openLedger(home: string, around: Around = { clock: systemClock(), log }): Promise<OpenLedger> {
  const now = around.clock.now();
  try {
    return await openedLedger(home, now);
  } catch (error) {
    if (!isBroken(error)) throw error;
    const kept = await setAside(home);
    around.log(
      { error },
      `what was known of desired state is broken: it is kept as ${kept}, and all that is wanted is heard anew`,
    );
    return openedLedger(home, now);
  }
}

async function openedLedger(home: string, now: Date): Promise<OpenLedger> {
  const disk = await diskAt(home);
  try {
    return { ...(await ledgerOn(disk, now)), close: disk.close };
  } catch (error) {
    disk.close();
    throw error;
  }
}

export async function ledgerOn(disk: Disk, now: Date): Promise<Ledger> {
  const known = new Map<DesiredChange["component"], Known>();
  const limits = new Map<DesiredChange["tenant"], TeamLimits>();
  const note = ({ tenant, component, generation, workload, trace }: z.infer<typeof Kept>) => {
    known.set(component, { tenant, component, generation, isGone: workload === null, trace });
    const told = workload?.limits;
    if (told && told.generation >= (limits.get(tenant)?.generation ?? 0)) limits.set(tenant, told);
  };
  for (const name of await disk.names()) {
    const kept = name.startsWith(desired) ? await disk.read(name) : undefined;
    if (kept) note(Kept.parse(JSON.parse(kept)));
  }
  const text = await disk.read("progress");
  const before = text === undefined ? { cursor: 0, complete: false, epoch: 0 } : Progress.parse(JSON.parse(text));
  const epoch = Math.max(before.epoch + 1, firstNumber(now));
  let progress = { ...before, epoch };
  const keep = async (news: Partial<typeof progress>, texts: readonly Text[] = []) => {
    await disk.write([...texts, ["progress", JSON.stringify({ ...progress, ...news })]]);
    progress = { ...progress, ...news };
  };
  await keep({});

  /** Every start lists everything, so that this need not be kept. */
  const unread = new Map<string, UnreadChange>();
  const noteUnread = (read: readonly DesiredChange[], others: readonly UnreadChange[]) => {
    for (const { component } of read) unread.delete(component);
    for (const change of others) unread.set(change.component, change);
  };
  const those = (of: Components | undefined, isGone: boolean): Known[] =>
    (of ? [...of].flatMap((component) => known.get(component) ?? []) : [...known.values()]).filter((k) => k.isGone === isGone);
  return {
    epoch,
    cursor: () => progress.cursor,
    complete: () => progress.complete,
    doubt: () => keep({ complete: false }),
    wanted: (of) => those(of, false),
    workload: async (component) => {
      const kept = await disk.read(nameOf(component));
      return kept === undefined ? undefined : (DesiredChange.parse(JSON.parse(kept)).workload ?? undefined);
    },
    limits: (tenant) => limits.get(tenant),
    traceOf: (component) => known.get(component)?.trace,
    tombstones: (of) => those(of, true),
    unread: () => [...unread.values()],
    digest: () => desiredDigest([...known.values()]),
    accept: async (given, cursor, others = []) => {
      const newer = new Map<string, DesiredChange>();
      for (const change of given) {
        const { generation = 0 } = newer.get(change.component) ?? known.get(change.component) ?? {};
        if (change.generation > generation) newer.set(change.component, change);
      }
      if (newer.size > 0 || cursor > progress.cursor)
        await keep({ cursor: Math.max(progress.cursor, cursor) }, [...newer.values()].map(textOf));
      for (const change of newer.values()) note(change);
      noteUnread(given, others);
    },
    keepOnly: async (listed, cursor) => {
      const others = [...known.keys()].filter((component) => !listed.has(component));
      await keep(
        { cursor, complete: true },
        others.map((component) => [nameOf(component), null]),
      );
      for (const component of others) known.delete(component);
      for (const component of unread.keys()) if (!listed.has(component)) unread.delete(component);
    },
  };
}

const textOf = (change: DesiredChange): Text => [nameOf(change.component), JSON.stringify(change)];
