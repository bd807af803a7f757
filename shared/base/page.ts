/** One page of a listing. `next` is the opaque token of the following page; absent on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}
