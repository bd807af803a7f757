export interface Dated {
  readonly id: number;
  readonly visibleAt: number;
  /** Where it is in the agenda; kept by the agenda. */
  slot: number;
}

export const nowhere = -1;

/** The earliest first, in a binary heap. Its members know their slots, so that any can leave. */
export class Agenda<T extends Dated> {
  readonly #heap: T[] = [];

  get first(): T | undefined {
    return this.#heap[0];
  }

  push(member: T): void {
    this.#rise(member, this.#heap.length);
  }

  leave(member: T): void {
    const { slot } = member;
    if (slot === nowhere) return;
    member.slot = nowhere;
    const last = this.#heap.pop() as T;
    if (last === member) return;
    this.#rise(last, slot);
    this.#sink(last, last.slot);
  }

  #put(member: T, slot: number): void {
    this.#heap[slot] = member;
    member.slot = slot;
  }

  #rise(member: T, from: number): void {
    let slot = from;
    while (slot > 0) {
      const above = this.#heap[(slot - 1) >> 1] as T;
      if (!isBefore(member, above)) break;
      this.#put(above, slot);
      slot = (slot - 1) >> 1;
    }
    this.#put(member, slot);
  }

  #sink(member: T, from: number): void {
    let slot = from;
    for (let below = this.#earlierBelow(slot); below && isBefore(below, member); below = this.#earlierBelow(slot)) {
      const { slot: next } = below;
      this.#put(below, slot);
      slot = next;
    }
    this.#put(member, slot);
  }

  #earlierBelow(slot: number): T | undefined {
    const [left, right] = [this.#heap[2 * slot + 1], this.#heap[2 * slot + 2]];
    return left && right && isBefore(right, left) ? right : left;
  }
}

const isBefore = (one: Dated, other: Dated): boolean =>
  one.visibleAt < other.visibleAt || (one.visibleAt === other.visibleAt && one.id < other.id);
