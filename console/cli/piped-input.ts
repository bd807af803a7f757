import { fstatSync } from "node:fs";
import { UsageError } from "./failure.ts";

/** Something is handed to this command: a pipe or a file, not a terminal, and not nothing (/dev/null). */
export function isPiped(): boolean {
  const stdin = fstatSync(0);
  return stdin.isFIFO() || stdin.isFile() || stdin.isSocket();
}

const readyMark = "\u0001pluvia-ready\u0001";
/** Runs `command` on its terminal as if that were a pipe: what is typed is not shown, and nothing is made of line ends. */
export const unseen = (command: readonly string[]): string[] => [
  "/bin/sh",
  "-c",
  `stty -echo -opost -icrnl -ixon || exit 127; printf '\\001pluvia-ready\\001'; exec "$@"`,
  "sh",
  ...command,
];

/** Takes the terminal's output up to the sign that typing may begin; answers what follows it. Until then it is kept, in case that is all. */
export function untilReady(ready: () => void) {
  let before: string | undefined = "";
  return {
    take(output: string): string {
      if (before === undefined) return output;
      before += output;
      const at = before.indexOf(readyMark);
      if (at < 0) return "";
      const after = before.slice(at + readyMark.length);
      before = undefined;
      ready();
      return after;
    },
    /** What was said in place of the sign: why it could not begin. */
    rest: () => before ?? "",
  };
}

const [endOfFile, literally] = ["\u0004", "\u0016"];
/** A terminal hands on whole lines only, of at most 4,096 bytes; an end of file in the middle of one hands on what there is. */
const pieceBytes = 1_024;
/** A program that asks again after the end hears of it again. */
const ends = endOfFile.repeat(8);

/** What to type for a terminal to hand on exactly these bytes. */
export function typist() {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let pending = 0;
  const text = (bytes: Uint8Array | undefined): string => {
    try {
      return bytes ? decoder.decode(bytes, { stream: true }) : decoder.decode();
    } catch {
      throw new UsageError("What is piped in is no text in UTF-8.", "Encode it, for example with base64, and decode it there.");
    }
  };
  const typed = (given: string): string => {
    let keys = "";
    for (const char of given) {
      const isControl = (char < " " && char !== "\n" && char !== "\t") || char === "\u007f";
      keys += isControl ? literally + char : char;
      pending = char === "\n" ? 0 : pending + Buffer.byteLength(char);
      if (pending < pieceBytes) continue;
      keys += endOfFile;
      pending = 0;
    }
    return keys;
  };
  return {
    type: (bytes: Uint8Array): string => typed(text(bytes)),
    end: (): string => typed(text(undefined)) + (pending > 0 ? endOfFile : "") + ends,
  };
}
