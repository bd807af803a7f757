import { AsyncLocalStorage } from "node:async_hooks";
import { Fault } from "../../../shared/base/fault.ts";
import type { Request } from "./request.ts";

/** Why a process of the cloud plane runs. */
export interface Cause {
  readonly kind: "request" | "agent" | "builder" | "worker" | "schedule";
  readonly request?: Request;
}

/** A process: with its end, whatever it waits for never comes. */
export class Life {
  readonly cause: Cause | undefined;
  readonly over: Promise<void>;
  isOver = false;
  #end: () => void;
  constructor(cause?: Cause) {
    this.cause = cause;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.over = promise;
    this.#end = resolve;
  }
  end(): void {
    this.isOver = true;
    this.#end();
  }
}
/** Of the function that runs. */
export const current = new AsyncLocalStorage<Life>();
export const forever = <T>(): Promise<T> => new Promise<T>(() => {});

/** How likely what goes wrong; times in ms. */
export interface Weather {
  /** A process dies at a write: before it, or after. */
  readonly crash: number;
  /** A store does not take a write, or takes it and does not answer. */
  readonly fail: number;
  /** A message between two places is lost: on its way there, or its answer. */
  readonly lose: number;
  /** It arrives twice. */
  readonly repeat: number;
  /** The longest that a message is under way, and that a store takes. */
  readonly slowMs: number;
  readonly storeMs: number;
  /** How long an index is behind at most. */
  readonly lagMs: number;
}
export const calm: Weather = { crash: 0, fail: 0, lose: 0, repeat: 0, slowMs: 20, storeMs: 0, lagMs: 0 };
export const storm: Weather = { crash: 0.02, fail: 0.02, lose: 0.08, repeat: 0.08, slowMs: 4_000, storeMs: 300, lagMs: 3_000 };

export interface Crash {
  readonly write: number;
  readonly when: "before" | "after";
}

/** All that is left to chance, from a seed. */
export class Fate {
  weather: Weather = calm;
  /** One process dies at exactly this write. */
  crash: Crash | undefined;
  writes = 0;
  readonly random: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  constructor(random: () => number, sleep: (ms: number) => Promise<void>) {
    this.random = random;
    this.sleep = sleep;
  }
  readonly happens = (chance: number): boolean => chance > 0 && this.random() < chance;
  readonly below = (limit: number): number => Math.floor(this.random() * limit);
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  #dies(): Crash["when"] | undefined {
    this.writes += 1;
    if (this.crash?.write === this.writes) return this.crash.when;
    return this.happens(this.weather.crash) ? this.pick(["before", "after"]) : undefined;
  }

  /** Reads take a while, so that what others write comes in between. */
  async reading<T>(life: Life | undefined, read: () => Promise<T>): Promise<T> {
    if (life?.isOver) return forever();
    if (this.happens(this.weather.storeMs > 0 ? 0.2 : 0)) await this.sleep(this.below(this.weather.storeMs));
    const answer = await read();
    return life?.isOver ? forever() : answer;
  }

  async writing<T>(life: Life | undefined, write: () => Promise<T>): Promise<T> {
    if (life?.isOver) return forever();
    const dies = life && this.#dies();
    const fails = life && this.happens(this.weather.fail) ? this.pick(["before", "after"]) : undefined;
    if (dies === "before") return ended(life);
    if (fails === "before") throw unavailable();
    if (this.happens(this.weather.storeMs > 0 ? 0.3 : 0)) await this.sleep(this.below(this.weather.storeMs));
    if (life?.isOver) return forever();
    const answer = await write();
    if (dies === "after" || life?.isOver) return ended(life);
    if (fails === "after") throw unavailable();
    return answer;
  }

  /** A question and its answer over a network. */
  async asking<T>(ask: () => Promise<T>): Promise<T> {
    const { lose, repeat, slowMs } = this.weather;
    await this.sleep(this.below(slowMs));
    if (this.happens(lose / 2)) return this.#lost();
    if (this.happens(repeat))
      void this.sleep(this.below(slowMs * 4))
        .then(ask)
        .catch(() => {});
    const answer = await ask();
    await this.sleep(this.below(slowMs));
    return this.happens(lose / 2) ? this.#lost() : answer;
  }
  async #lost(): Promise<never> {
    await this.sleep(10_000);
    throw unavailable();
  }

  /** A message that nobody answers. `lost`: what follows when it never arrives. */
  telling(tell: () => void, lost: () => void): void {
    const { lose, repeat, slowMs } = this.weather;
    if (this.happens(lose)) lost();
    else for (let times = this.happens(repeat) ? 2 : 1; times > 0; times--) void this.sleep(this.below(slowMs)).then(tell);
  }
}
const unavailable = (): Fault => new Fault("unavailable", "injected");
const ended = (life: Life | undefined): Promise<never> => {
  life?.end();
  return forever();
};
