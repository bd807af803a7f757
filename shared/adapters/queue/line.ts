/**
 * First in, first out; anything in it may leave at any time. A Set keeps the order; its iterator is kept too, because a new one
 * passes over all that was deleted before.
 */
export class Line<T> {
  readonly #members = new Set<T>();
  #front = this.#members.values();

  get size(): number {
    return this.#members.size;
  }

  push(member: T): void {
    this.#members.add(member);
  }

  leave(member: T): void {
    this.#members.delete(member);
  }

  shift(): T | undefined {
    if (this.#members.size === 0) return undefined;
    let next = this.#front.next();
    if (next.done) {
      this.#front = this.#members.values();
      next = this.#front.next();
    }
    this.#members.delete(next.value as T);
    return next.value;
  }
}

/** Those of one tenant in their order; the turn is that of whoever was served the longest ago, so that one who comes to a crowd is next. */
export class Turns<T extends { readonly tenant: string }> {
  readonly #lines = new Map<string, Line<T>>();
  /** Served longer ago than all of `#served`, or never. */
  readonly #fresh = new Line<string>();
  /** By when they were served. */
  readonly #served = new Line<string>();
  /** The number of the turn in which each was served last, while anyone waits. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  /** All of `#served` were served after this turn. */
  #passed = 0;

  get size(): number {
    return this.#lines.size;
  }

  push(member: T): void {
    const line = this.#lines.get(member.tenant) ?? this.#lineFor(member.tenant);
    line.push(member);
  }

  leave(member: T): void {
    const line = this.#lines.get(member.tenant);
    line?.leave(member);
    if (line?.size === 0) this.#end(member.tenant);
  }

  shift(): T | undefined {
    const tenant = this.#fresh.shift() ?? this.#nextServed();
    if (tenant === undefined) return undefined;
    this.#turn += 1;
    this.#turns.set(tenant, this.#turn);
    const line = this.#lines.get(tenant);
    const member = line?.shift();
    if (line?.size === 0) this.#end(tenant);
    else this.#served.push(tenant);
    return member;
  }

  #nextServed(): string | undefined {
    const tenant = this.#served.shift();
    if (tenant !== undefined) this.#passed = this.#turns.get(tenant) ?? 0;
    return tenant;
  }

  #lineFor(tenant: string): Line<T> {
    const line = new Line<T>();
    this.#lines.set(tenant, line);
    const isFresh = (this.#turns.get(tenant) ?? 0) <= this.#passed;
    (isFresh ? this.#fresh : this.#served).push(tenant);
    return line;
  }

  #end(tenant: string): void {
    this.#lines.delete(tenant);
    this.#fresh.leave(tenant);
    this.#served.leave(tenant);
    if (this.#lines.size > 0) return;
    this.#turns.clear();
    this.#passed = 0;
  }
}
