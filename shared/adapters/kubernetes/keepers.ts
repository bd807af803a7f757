import type { ComponentId } from "../../contract/id.ts";
import type { Clock } from "../../ports/clock.ts";
import { inTurns } from "../../base/in-turns.ts";
import { type Keeper, type KeeperParts, keeper } from "./keeper.ts";

export interface Keepers {
  /** Something of it has changed: somebody looks after it until it is as it should be. */
  attend(component: ComponentId): void;
  /** The same, after others: when all of many are to be looked at, they must not keep one that has changed waiting. */
  attendInTurn(component: ComponentId): void;
  stop(): void;
}

export interface KeepersParts {
  readonly clock: Clock;
  /** All that there are. */
  readonly components: () => Iterable<ComponentId>;
  /** undefined: it is not to be looked after by us. */
  readonly partsOf: (component: ComponentId) => Omit<KeeperParts, "rested"> | undefined;
  readonly onError: (error: unknown) => void;
}

/** Of those that are looked at in turn: each takes some memory until it rests. */
const atOnce = 50;
/** Each is looked at once in this time, whatever was told of changes: not all at once, but in turns. */
const [roundMs, turnMs] = [3_600_000, 60_000];

/** Keepers of components where there is something to do. One that rests has none, and costs nothing but its turn. */
export function keepers({ clock, components, partsOf, onError }: KeepersParts): Keepers {
  const busy = new Map<ComponentId, Keeper>();
  const due = new Set<ComponentId>();
  const inTurn = inTurns(atOnce);
  const stopping = new AbortController();

  function leave(component: ComponentId): void {
    busy.get(component)?.stop();
    busy.delete(component);
  }
  async function begin(component: ComponentId): Promise<void> {
    due.delete(component);
    const parts = stopping.signal.aborted ? undefined : partsOf(component);
    if (!parts) return leave(component);
    // It goes on by itself: whether that is still for us to do is asked each time.
    const look = (): ReturnType<KeeperParts["look"]> => (partsOf(component) ? parts.look() : undefined);
    const mine = busy.get(component) ?? keeper({ ...parts, look, rested: () => void busy.delete(component) });
    busy.set(component, mine);
    await mine.wake();
  }
  function attendInTurn(component: ComponentId): void {
    if (due.has(component)) return;
    due.add(component);
    inTurn(() => begin(component)).catch(onError);
  }
  async function turns(): Promise<void> {
    let left: ComponentId[] = [];
    let share = 0;
    for (;;) {
      await clock.sleep(turnMs, stopping.signal);
      if (stopping.signal.aborted) return;
      if (left.length === 0) {
        left = [...components()];
        share = Math.ceil((left.length * turnMs) / roundMs);
      }
      for (const component of left.splice(0, share)) attendInTurn(component);
    }
  }
  void turns();
  return {
    attend: (component) => void begin(component).catch(onError),
    attendInTurn,
    stop() {
      stopping.abort();
      for (const component of [...busy.keys()]) leave(component);
    },
  };
}
