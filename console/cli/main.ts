import { CommanderError } from "commander";
import { exitCodes } from "./failure.ts";
import { newOutput } from "./output.ts";
import { newProgram } from "./program.ts";

/** commander has told the person already; a program that asked for JSON has not heard yet. */
function endOfParsing(error: CommanderError, json: boolean): number {
  if (error.exitCode === 0) return exitCodes.ok;
  if (json) {
    const text = error.code === "commander.help" ? "A command is missing." : error.message.replace(/^error: /, "");
    const [message = "", suggestion] = text.split("\n");
    const next = suggestion?.replace(/^\(|\)$/g, "") ?? "Run the command with --help to see what it takes.";
    const told = { code: "usage", reason: null, message, next, fields: [], request: null, operation: null };
    process.stdout.write(`${JSON.stringify({ error: told }, null, 2)}\n`);
  }
  return exitCodes.usage;
}

async function main(args: readonly string[]): Promise<void> {
  const json = args.includes("--json");
  try {
    await newProgram().parseAsync(args, { from: "user" });
  } catch (error) {
    process.exitCode =
      error instanceof CommanderError ? endOfParsing(error, json) : newOutput({ json, quiet: false }).fail(error);
  }
}

// A reader that has seen enough (head, less) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(process.exitCode ?? exitCodes.ok);
  process.stderr.write(`error: The output could not be written: ${error.message}.\n`, () => process.exit(exitCodes.refused));
});
// Then nothing can be said any more.
process.stderr.on("error", () => process.exit(process.exitCode || exitCodes.refused));
await main(process.argv.slice(2));
