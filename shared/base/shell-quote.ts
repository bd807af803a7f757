/** A word as a POSIX shell takes it: literally, whatever is in it (POSIX.1-2024, Shell Command Language, 2.2.2). */
export const shellQuote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;
