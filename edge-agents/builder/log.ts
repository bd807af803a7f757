import type { LogLine } from "../../shared/contract/agent.ts";
import { spoken, type Spoken } from "../../shared/domain/log-words.ts";

export interface BuildLog {
  write(stream: LogLine["stream"], text: string): void;
  say(text: string, spoken?: Pick<Spoken, "code" | "params">): void;
  /** Number of the newest line. */
  last(): number;
  /** The newest lines of the tools, for a failure's message. */
  tail(count: number): readonly string[];
  /** Says how much was left out, if anything. */
  close(): void;
}

/** One line of a page; what a minifier prints on one line is of no use to a person. */
const lineMax = 4_000;
const tailMax = 40;

const esc = "\\u001b";
/** Operating system commands, device strings, and every control sequence that is not a colour. */
const sequences = new RegExp(
  `${esc}\\][^\\u0007${esc}]*(?:\\u0007|${esc}\\\\)?|${esc}[PX^_][^${esc}]*(?:${esc}\\\\)?|${esc}\\[(?![0-9;]*m)[0-?]*[ -/]*[@-~]?|${esc}(?!\\[).`,
  "g",
);
/** Control characters other than tab and the escape of a colour, and the ones that turn text around. */
const controls = new RegExp(
  `[\\u0000-\\u0008\\u000a-\\u001a\\u001c-\\u001f\\u007f-\\u009f\\u202a-\\u202e\\u2066-\\u2069]|${esc}(?!\\[[0-9;]*m)`,
  "g",
);

/** A line is at most `lineMax` characters, without what a terminal acts on other than colours; secrets are taken out. */
export const cleanLine = (text: string, secrets: readonly string[]): string => {
  const open = secrets.reduce((line, secret) => line.replaceAll(secret, "[hidden]"), text);
  const inert = open.replace(sequences, "").replace(controls, "\ufffd");
  const cut = inert.length > lineMax ? `${inert.slice(0, lineMax)} … (${inert.length - lineMax} more characters)` : inert;
  return cut.toWellFormed();
};

export const startLog = (options: {
  maxBytes: number;
  secrets: readonly string[];
  emit: (line: LogLine) => void;
  now: () => Date;
}): BuildLog => {
  // Short ones would hide harmless text; nobody's token has fewer characters.
  const secrets = options.secrets.filter((secret) => secret.length >= 6).sort((a, b) => b.length - a.length);
  const tail: string[] = [];
  let sequence = 0;
  let bytes = 0;
  let dropped = { lines: 0, bytes: 0 };
  type Known = Pick<LogLine, "code" | "params">;
  const emit = (stream: LogLine["stream"], text: string, known: Known = {}): void => {
    sequence += 1;
    options.emit({ sequence, at: options.now().toISOString(), stream, instance: null, text, ...known });
  };
  const utter = ({ text, ...known }: Spoken): void => emit("platform", text, known);
  const write = (stream: LogLine["stream"], raw: string, known: Known = {}): void => {
    const text = cleanLine(raw, secrets);
    if (stream !== "platform") {
      tail.push(text);
      if (tail.length > tailMax) tail.shift();
      bytes += Buffer.byteLength(text) + 1;
      if (bytes > options.maxBytes) {
        if (dropped.lines === 0) utter(spoken("log.full", { kib: Math.round(options.maxBytes / 1024) }));
        dropped = { lines: dropped.lines + 1, bytes: dropped.bytes + Buffer.byteLength(raw) + 1 };
        return;
      }
    }
    emit(stream, text, known);
  };
  return {
    write: (stream, raw) => write(stream, raw),
    say: (text, known) => {
      // What a tool printed belongs to the step it ran in.
      tail.length = 0;
      write("platform", text, known);
    },
    last: () => sequence,
    tail: (count) => tail.slice(-count),
    close: () => {
      if (dropped.lines === 0) return;
      const { lines, bytes: size } = dropped;
      dropped = { lines: 0, bytes: 0 };
      utter(spoken("log.left-out", { lines, kib: Math.ceil(size / 1024) }));
    },
  };
};
