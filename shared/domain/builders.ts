import type { BuildId, TenantId } from "../contract/id.ts";

/** A build that its team has let pass, with one of the platform's builders or waiting for one. */
export interface Asking {
  readonly tenant: TenantId;
  readonly build: BuildId;
}
/** The platform's builders, `atOnce` at most. */
export interface Builders {
  readonly atOnce: number;
  readonly running: readonly Asking[];
  readonly waiting: readonly Asking[];
}

/** `started`: whose turn has come with it, and who is to be told. */
export interface Moved {
  readonly builders: Builders;
  readonly started: readonly Asking[];
}

export const isAmong = (list: readonly Asking[], build: BuildId): boolean => list.some((one) => one.build === build);

/**
 * The next turn is that of the team with the fewest builders, and among these of whoever waits longest: so the first build of a team gets the next
 * builder that is free, whatever others have waiting.
 */
export function nextTurn({ running, waiting }: Pick<Builders, "running" | "waiting">): Asking | undefined {
  const buildersOf = (tenant: TenantId): number => running.filter((one) => one.tenant === tenant).length;
  const fewest = Math.min(...waiting.map(({ tenant }) => buildersOf(tenant)));
  return waiting.find(({ tenant }) => buildersOf(tenant) === fewest);
}

/** Asking twice is asking once. */
export function asked(builders: Builders, asking: Asking): Moved {
  const known = isAmong(builders.running, asking.build) || isAmong(builders.waiting, asking.build);
  return filled(known ? builders : { ...builders, waiting: [...builders.waiting, asking] });
}

export function left(builders: Builders, build: BuildId): Moved {
  const others = (list: readonly Asking[]) => list.filter((one) => one.build !== build);
  return filled({ ...builders, running: others(builders.running), waiting: others(builders.waiting) });
}

/** Each is told by a command, of 100 writes in a transaction; whoever is told has the others told. */
const startedMax = 50;

function filled(builders: Builders): Moved {
  const started: Asking[] = [];
  let { running, waiting } = builders;
  while (running.length < builders.atOnce && started.length < startedMax) {
    const turn = nextTurn({ running, waiting });
    if (!turn) break;
    started.push(turn);
    running = [...running, turn];
    waiting = waiting.filter((one) => one !== turn);
  }
  return { builders: { ...builders, running, waiting }, started };
}

/** How many get a builder before it does, if no other comes. */
export function countBefore({ running, waiting }: Builders, build: BuildId): number {
  let [busy, rest] = [running, waiting];
  for (let before = 0; ; before++) {
    const turn = nextTurn({ running: busy, waiting: rest });
    if (!turn || turn.build === build) return before;
    busy = [...busy, turn];
    rest = rest.filter((one) => one !== turn);
  }
}
