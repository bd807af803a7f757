import { styleText } from "node:util";
import { shown } from "./failure.ts";
import { inert } from "../../shared/base/inert.ts";
import { table } from "./text.ts";

type Style = Parameters<typeof styleText>[0];

/** Results go to standard output, everything said on the way to standard error. With --json standard output holds one JSON document. */
export interface Output {
  readonly json: boolean;
  /** Standard error is a terminal that a person looks at: progress may be drawn on it. */
  readonly live: boolean;
  /** The result: `value` for programs, `text` for people. */
  result(value: unknown, text: string | (() => string)): void;
  rows(values: readonly unknown[], headings: readonly string[], rows: readonly (readonly string[])[], empty: string): void;
  /** Said on the way; not with --quiet. */
  note(text: string): void;
  warn(text: string): void;
  fail(error: unknown): number;
  /** Text that was made inert already, as it is, to standard error. */
  raw(text: string): void;
  style(style: Style, text: string): string;
}

/** Standard output holds its one JSON document already. */
let isTold = false;

export function newOutput(options: { json: boolean; quiet: boolean }): Output {
  const live = process.stderr.isTTY === true && !options.json && !options.quiet;
  const style = (kind: Style, text: string): string => styleText(kind, text, { stream: process.stderr });
  const print = (text: string): void => {
    process.stdout.write(text === "" || text.endsWith("\n") ? text : `${text}\n`);
  };
  const document = (value: unknown): void => {
    isTold = true;
    print(JSON.stringify(value, null, 2));
  };
  const say = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  return {
    json: options.json,
    live,
    style,
    raw: (text) => process.stderr.write(text),
    result(value, text) {
      if (options.json) document(value ?? null);
      else print(inert(typeof text === "function" ? text() : text));
    },
    rows(values, headings, rows, empty) {
      if (options.json) document(values);
      else if (rows.length === 0) say(empty);
      else print(table(headings, rows, process.stdout.isTTY ? process.stdout.columns : undefined));
    },
    note(text) {
      if (!options.quiet) say(inert(text));
    },
    warn: (text) => say(`${style("yellow", "warning:")} ${inert(text)}`),
    fail(error) {
      const { exit, ...what } = shown(error);
      // Where the message names the fields already, once is enough.
      const unsaid = what.fields.filter((f) => !what.message.includes(f.message));
      const fields = unsaid.map((f) => `  ${inert(f.path)}: ${inert(f.message)}`);
      const trace = [what.operation && `operation ${what.operation}`, what.request && `request ${what.request}`]
        .filter(Boolean)
        .join(", ");
      const lines = [
        `${style("red", "error:")} ${inert(what.message)}`,
        ...fields,
        ...(what.next ? [inert(what.next)] : []),
        ...(trace ? [style("dim", `(${inert(trace)})`)] : []),
      ];
      say(lines.join("\n"));
      if (options.json && !isTold) document({ error: what });
      return exit;
    },
  };
}
