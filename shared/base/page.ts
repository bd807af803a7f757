import { Fault } from "./fault.ts";

/** One page of a listing. `next` is the opaque token of the following page; absent on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** Whoever asks for a page asks with a token that is none of the list's. */
export const badPage = (): Fault =>
  new Fault("invalid", "That is not a page token of this listing.", {
    next: "Use `next` of the page before, unchanged, or begin without a page.",
    reason: "page.token",
  });
