import { UsageError } from "./failure.ts";

/** `NAME=value` words, each name once. The value may hold further `=` and be empty. */
export function parseAssignments(words: readonly string[]): Map<string, string> {
  const all = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf("=");
    const name = at === -1 ? word : word.slice(0, at);
    if (at === -1 || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
      throw new UsageError(`"${word}" is not NAME=value.`, "A name has letters, digits and _, and does not begin with a digit.");
    if (all.has(name)) throw new UsageError(`${name} is given twice.`, "Leave one of the two out.");
    all.set(name, word.slice(at + 1));
  }
  return all;
}
