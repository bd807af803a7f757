import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { interactive, type Context } from "./context.ts";
import { Declined, UsageError } from "./failure.ts";
import { inert } from "../../shared/base/inert.ts";

const read = (question: string, output: Writable): Promise<string> =>
  new Promise((resolve, reject) => {
    const lines = createInterface({ input: process.stdin, output, terminal: true });
    lines.on("SIGINT", () => {
      lines.close();
      reject(new Declined("Nothing was done."));
    });
    lines.on("close", () => reject(new Declined("Nothing was done.")));
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });

export const ask = (question: string): Promise<string> => read(inert(question), process.stderr);

/** What is typed is not shown. */
export async function askSecret(question: string): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  // Asked only once the terminal no longer shows what is typed: a quick typist would be seen.
  const answered = read("", silent);
  process.stderr.write(question);
  try {
    return await answered;
  } finally {
    process.stderr.write("\n");
  }
}

/** From the flag, else asked for on a terminal. */
export async function required(
  value: string | undefined,
  flag: string,
  question: string,
  how: (question: string) => Promise<string> = ask,
): Promise<string> {
  if (value) return value;
  if (!interactive()) throw new UsageError(`${flag} is missing.`);
  const answer = await how(question);
  if (answer.trim() === "") throw new UsageError(`${flag} is missing.`);
  return answer;
}

/** Before something that cannot be undone. Without a terminal only --yes will do. */
export async function confirmDestructive({ options }: Context, what: string): Promise<void> {
  if (options.yes) return;
  if (!interactive())
    throw new UsageError(`${what} This needs --yes when there is no terminal to ask on.`, "Add --yes if that is what you want.");
  await confirm(what);
}

/** Before something that can be undone: without a terminal it goes on. */
export async function confirmOnTerminal({ options }: Context, what: string): Promise<void> {
  if (!options.yes && interactive()) await confirm(what);
}

async function confirm(what: string): Promise<void> {
  const answer = await ask(`${what} Go on? [y/N] `);
  if (!/^y(es)?$/i.test(answer.trim())) throw new Declined("Nothing was done.");
}
