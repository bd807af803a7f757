import { sha256 } from "../../base/digest.ts";
import type { Passwords } from "../../ports/passwords.ts";

/** Quick, and worth nothing as protection: for tests that sign many people in. */
export const memoryPasswords = (): Passwords => ({
  hash: (password) => sha256(`memory ${password}`),
  verify: async (known, password) => known === (await sha256(`memory ${password}`)),
});
