import { readFileSync } from "node:fs";
import { Command } from "commander";
import { add, commonFlags, teamFlag } from "./program/command.ts";
import { addDataCenters } from "./program/data-centers.ts";
import { addDelivery } from "./program/delivery.ts";
import { addOperation } from "./program/operation.ts";
import { addSignIn } from "./program/sign-in.ts";
import { addTeam } from "./program/team.ts";

const footer = `
Exit codes:
  0  done                     3  nobody is signed in
  1  refused, or it failed    4  not found
  2  the command is wrong     5  no answer in time
                            130  stopped watching with Ctrl-C

Environment:
  PLUVIA_URL (http://localhost:7070), PLUVIA_API_KEY (wins over a session), PLUVIA_PASSWORD, PLUVIA_GIT_TOKEN

Start with:
  pluvia signup --email you@example.com
  pluvia create --app shop --name web --demo node`;

const version = (): string =>
  (JSON.parse(readFileSync(new URL("./package.json", import.meta.url), "utf8")) as { version: string }).version;

export function newProgram(): Command {
  const program = new Command("pluvia")
    .description("From source code to running applications.")
    .version(version(), "-V, --version")
    .enablePositionalOptions()
    .showHelpAfterError("(add --help to see what it takes)")
    .exitOverride()
    .addHelpText("after", footer);
  for (const option of [...commonFlags(), teamFlag()]) program.addOption(option);
  addSignIn(program);
  addDelivery(program);
  addOperation(program);
  addTeam(program);
  addDataCenters(program);
  add(program, "api [operation] [parameters...]", {
    summary: "Call any operation of the API; lists them when none is named",
    needs: ["public", "team"],
    passThrough: true,
    load: async () => (await import("./commands/api.ts")).api,
  });
  program
    .command("completion <shell>")
    .description("Print a completion script for bash, zsh or fish")
    .action(async (shell: string) => {
      const { completionScript } = await import("./commands/completion.ts");
      process.stdout.write(`${completionScript(program, shell)}\n`);
    });
  return program;
}
