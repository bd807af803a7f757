import { isFault } from "../../shared/base/fault.ts";

interface Limits {
  readonly baseMs: number;
  readonly maxMs: number;
}
/** A revoked agent would be refused for ever, and only a person changes that: it asks so rarely that thousands of them cost nothing. */
const whenRefused: Limits = { baseMs: 60_000, maxMs: 30 * 60_000 };

/** How long to wait before a call is tried again, by how it failed. */
export const limitsAfter = (error: unknown, usual: Limits): Limits => (isFault(error, "unauthenticated") ? whenRefused : usual);
