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

/** Those of one tenant in their order; tenants take turns. */
export class Turns<T extends { readonly tenant: string }> {
  readonly #lines = new Map<string, Line<T>>();
  readonly #tenants = new Line<string>();

  get size(): number {
    return this.#tenants.size;
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
    const tenant = this.#tenants.shift();
    if (tenant === undefined) return undefined;
    const line = this.#lines.get(tenant);
    const member = line?.shift();
    if (line?.size === 0) this.#end(tenant);
    else this.#tenants.push(tenant);
    return member;
  }

  #lineFor(tenant: string): Line<T> {
    const line = new Line<T>();
    this.#lines.set(tenant, line);
    this.#tenants.push(tenant);
    return line;
  }

  #end(tenant: string): void {
    this.#lines.delete(tenant);
    this.#tenants.leave(tenant);
  }
}
